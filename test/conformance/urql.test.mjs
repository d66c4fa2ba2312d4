// urql: documents, the normalised cache with pages, and subscriptions over both streams.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import { toAsyncIterable } from "wonka";
import { WebSocket } from "ws";
import { claim, openShop, openStreet, signUp, socketUrl, url, withdraw } from "./moa.mjs";
import { stockOf, whoAmI } from "./stories.mjs";

/** A client for a user, or for a guest. */
function open(user, options) {
  return new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: user ? { authorization: `Bearer ${user.token}` } : {} },
    exchanges: [cacheExchange({ resolvers: { Query: { stores: relayPagination() } } }), fetchExchange],
    ...options,
  });
}

describe("urql", () => {
  test("asks, and is answered in the type of this protocol", async () => {
    const user = await signUp();
    const types = [];
    const client = open(user, {
      async fetch(...request) {
        const response = await fetch(...request);
        types.push(response.headers.get("content-type"));
        return response;
      },
    });
    const { data, error } = await client.query(whoAmI.query, {});
    assert.equal(error, undefined);
    assert.equal(data.viewer.email, user.email);
    assert.deepEqual(types, ["application/graphql-response+json; charset=utf-8"]);
  });

  test("asks by GET", async () => {
    const { data, error } = await open(undefined, { preferGetMethod: "force" }).query(whoAmI.query, {});
    assert.equal(error, undefined);
    assert.equal(data.viewer, null);
  });

  test("changes something, and its cache knows", async () => {
    const { storeId } = await openShop(1);
    const client = open(await signUp());
    const Shop = "query Shop($id: ID!) { store(id: $id) { id isFollowed } }";
    const Follow = `mutation Follow($input: FollowStoreInput!) {
      followStore(input: $input) { store { id isFollowed } userErrors { code } }
    }`;
    await client.query(Shop, { id: storeId });
    await client.mutation(Follow, { input: { storeId } });
    assert.equal(client.readQuery(Shop, { id: storeId }).data.store.isFollowed, true);
  });

  test("tells a refused request by its code", async () => {
    const { error } = await open().mutation("mutation { followStore(input: { storeId: \"str_none\" }) { userErrors { code } } }", {});
    assert.equal(error.graphQLErrors[0].extensions.code, "UNAUTHENTICATED");
  });

  test("turns pages into one list", async () => {
    const { owner, names } = await openStreet(5);
    const client = open();
    const Street = `query Street($ownerId: ID!, $after: Cursor) {
      stores(first: 2, after: $after, filter: { ownerId: $ownerId }) {
        edges { node { id name } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }`;
    const pages = [];
    let after, stores;
    do {
      const { data, error } = await client.query(Street, { ownerId: owner.id, after });
      assert.equal(error, undefined);
      stores = data.stores;
      pages.push(stores.edges.length);
      after = stores.pageInfo.endCursor;
    } while (stores.pageInfo.hasNextPage);
    assert.deepEqual(pages, [2, 4, 5]);
    assert.deepEqual(stores.edges.map(({ node }) => node.name), names.toReversed());
  });
});

describe("urql's subscriptions", () => {
  /** Follows the stock of a coupon that is claimed once and then withdrawn, which ends the stream. */
  async function followStock(client) {
    const { owner, couponId } = await openShop(2);
    const { query, variables } = stockOf(couponId);
    const seen = [];
    for await (const { data, error, hasNext } of toAsyncIterable(client.subscription(query, variables))) {
      assert.equal(error, undefined);
      if (!hasNext) break;
      if (data.couponStock.remaining === seen.at(-1)) continue;
      seen.push(data.couponStock.remaining);
      if (seen.length === 1) await claim(await signUp(), couponId);
      else await withdraw(owner, couponId);
    }
    assert.deepEqual(seen, [2, 1]);
  }

  test("over graphql-ws", async () => {
    const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    const forwardSubscription = ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
    });
    await followStock(open(undefined, { exchanges: [subscriptionExchange({ forwardSubscription })] }));
    await socket.dispose();
  });

  test("over server-sent events", async () => {
    await followStock(open(undefined, { exchanges: [fetchExchange], fetchSubscriptions: true }));
  });
});
