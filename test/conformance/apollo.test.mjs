// Apollo Client: cache, errors, pages, persisted queries and subscriptions as its users set them up.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { claim, openShop, openStreet, signUp, socketUrl, until, url } from "./moa.mjs";
import { stockOf, whoAmI } from "./stories.mjs";

/** A client for a user, or for a guest. */
function open(user, link = new HttpLink({ uri: url, headers: bearer(user) })) {
  const typePolicies = { Query: { fields: { stores: relayStylePagination(["filter", "orderBy"]) } } };
  return new ApolloClient({ link, cache: new InMemoryCache({ typePolicies }) });
}

const bearer = (user) => (user ? { authorization: `Bearer ${user.token}` } : {});

describe("Apollo Client", () => {
  let user, client;
  before(async () => {
    user = await signUp();
    client = open(user);
  });
  after(() => client.stop());

  test("asks", async () => {
    const { data } = await client.query({ query: gql(whoAmI.query) });
    assert.equal(data.viewer.email, user.email);
  });

  test("changes something, and its cache knows", async () => {
    const { storeId } = await openShop(1);
    const Shop = gql`
      query Shop($id: ID!) {
        store(id: $id) { id isFollowed followerCount }
      }
    `;
    const Follow = gql`
      mutation Follow($input: FollowStoreInput!) {
        followStore(input: $input) { store { id isFollowed followerCount } userErrors { code } }
      }
    `;
    const before = await client.query({ query: Shop, variables: { id: storeId } });
    assert.equal(before.data.store.isFollowed, false);
    await client.mutate({ mutation: Follow, variables: { input: { storeId } } });
    const { store } = client.readQuery({ query: Shop, variables: { id: storeId } });
    assert.deepEqual({ ...store }, { __typename: "Store", id: storeId, isFollowed: true, followerCount: 1 });
  });

  const Claim = gql`
    mutation Claim($input: ClaimCouponInput!) {
      claimCoupon(input: $input) { claim { id } userErrors { code message field } }
    }
  `;

  test("takes a rule's refusal for an answer", async () => {
    const { couponId } = await openShop(1);
    await claim(await signUp(), couponId);
    const { data, error } = await client.mutate({ mutation: Claim, variables: { input: { couponId } } });
    assert.equal(error, undefined);
    assert.equal(data.claimCoupon.claim, null);
    assert.equal(data.claimCoupon.userErrors[0].code, "COUPON_SOLD_OUT");
    assert.ok(data.claimCoupon.userErrors[0].message);
  });

  test("takes a refused request for an error", async () => {
    const guest = open();
    const request = { mutation: Claim, variables: { input: { couponId: "cpn_none" } } };
    await assert.rejects(guest.mutate(request), (error) => {
      assert.ok(CombinedGraphQLErrors.is(error));
      assert.equal(error.errors[0].extensions.code, "UNAUTHENTICATED");
      return true;
    });
    guest.stop();
  });

  test("turns pages into one list", async () => {
    const { owner, names } = await openStreet(5);
    const Street = gql`
      query Street($ownerId: ID!, $first: Int!, $after: Cursor) {
        stores(first: $first, after: $after, filter: { ownerId: $ownerId }) {
          edges { cursor node { id name } }
          pageInfo { hasNextPage endCursor }
        }
      }
    `;
    const street = client.watchQuery({ query: Street, variables: { ownerId: owner.id, first: 2 } });
    let shown;
    const subscription = street.subscribe(({ data }) => {
      shown = data?.stores;
    });
    const pages = [];
    do {
      if (shown) await street.fetchMore({ variables: { after: shown.pageInfo.endCursor } });
      await until(() => shown && shown.edges.length !== pages.at(-1));
      pages.push(shown.edges.length);
    } while (shown.pageInfo.hasNextPage);
    subscription.unsubscribe();
    assert.deepEqual(pages, [2, 4, 5]);
    assert.deepEqual(shown.edges.map(({ node }) => node.name), names.toReversed());
  });
});

test("persisted queries: the hash, then the text once, then the hash alone", async () => {
  const sent = [];
  const spy = (uri, options) => {
    const query = options.method === "GET" ? new URL(uri).searchParams.has("query") : "query" in JSON.parse(options.body);
    sent.push(`${options.method} ${query ? "with" : "without"} the text`);
    return fetch(uri, options);
  };
  const link = ApolloLink.from([
    new PersistedQueryLink({
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
      useGETForHashedQueries: true,
    }),
    new HttpLink({ uri: url, fetch: spy }),
  ]);
  const client = open(undefined, link);
  // A name that no other run asks for: the server remembers hashes.
  const query = gql(`query Persisted${Date.now()} { viewer { email } }`);
  for (let i = 0; i < 2; i++) {
    const { data } = await client.query({ query, fetchPolicy: "network-only" });
    assert.equal(data.viewer, null);
  }
  client.stop();
  assert.deepEqual(sent, ["GET without the text", "POST with the text", "GET without the text"]);
});

test("subscriptions over graphql-ws", async () => {
  const { couponId } = await openShop(2);
  const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
  const client = open(undefined, new GraphQLWsLink(socket));
  const { query, variables } = stockOf(couponId);
  const seen = [];
  await new Promise((resolve, reject) => {
    client.subscribe({ query: gql(query), variables }).subscribe({
      error: reject,
      async next({ data, error }) {
        if (error) return reject(error);
        if (data.couponStock.remaining === seen.at(-1)) return;
        seen.push(data.couponStock.remaining);
        if (seen.length === 2) return resolve();
        await claim(await signUp(), couponId);
      },
    });
  });
  assert.deepEqual(seen, [2, 1]);
  client.stop();
  await socket.dispose();
});
