// What the Relay compiler is given: an application's documents, in the style of its users. The
// directives make it check that the schema follows the conventions that its runtime builds on.
import { graphql } from "relay-runtime";

graphql`
  query StreetQuery($ownerId: ID!) {
    ...Street_stores @arguments(ownerId: $ownerId)
  }
`;

graphql`
  fragment Street_stores on Query
  @refetchable(queryName: "StreetPageQuery")
  @argumentDefinitions(
    ownerId: { type: "ID!" }
    count: { type: "Int", defaultValue: 2 }
    cursor: { type: "Cursor" }
  ) {
    stores(first: $count, after: $cursor, filter: { ownerId: $ownerId }) @connection(key: "Street_stores") {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`;

graphql`
  query StreetShopQuery($id: ID!) {
    store(id: $id) {
      ...Street_shop
      isFollowed
    }
  }
`;

graphql`
  fragment Street_shop on Store
  @refetchable(queryName: "StreetShopPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "Cursor" }) {
    coupons(first: $count, after: $cursor) @connection(key: "Street_coupons") {
      edges {
        node {
          title
        }
      }
    }
  }
`;

graphql`
  mutation StreetFollowMutation($input: FollowStoreInput!) {
    followStore(input: $input) {
      store {
        isFollowed
      }
      userErrors {
        code
      }
    }
  }
`;

graphql`
  subscription StreetStockSubscription($couponId: ID!) {
    couponStock(couponId: $couponId) {
      coupon {
        title
      }
      remaining
    }
  }
`;
