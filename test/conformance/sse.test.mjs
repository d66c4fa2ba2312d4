// GraphQL over server-sent events: the real graphql-sse client in its distinct connections mode.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createClient } from "graphql-sse";
import { claim, neighbour, openShop, signUp, until, url, watchersOf, withdraw } from "./moa.mjs";
import { NewsStand, newsOf, over, promise, stockOf, stockReader, whoAmI } from "./stories.mjs";
import { layWire } from "./wire.mjs";

/** A client that fails at once instead of trying again, unless the options say otherwise. */
function open(options) {
  return createClient({ url, retryAttempts: 0, ...options });
}

/** The results of an operation, one after the other, until the server completes it. */
async function all(client, payload) {
  const results = [];
  for await (const result of client.iterate(payload)) results.push(result);
  return results;
}

describe("the graphql-sse client", () => {
  let client, shop;
  before(async () => {
    client = open();
    shop = await openShop(2);
  });
  after(() => client.dispose());

  test("asks, and the answer is complete", async () => {
    const events = [];
    const watched = open({ on: { message: ({ event }) => events.push(event) } });
    assert.deepEqual(await all(watched, whoAmI), [{ data: { viewer: null } }]);
    assert.deepEqual(events, ["next", "complete"]);
  });

  test("changes something", async () => {
    const [{ data, errors }, ...more] = await all(client, {
      query: `mutation SignIn($input: SignInInput!) {
        signIn(input: $input) { session { user { name } } userErrors { code } }
      }`,
      variables: { input: { email: neighbour.email, password: neighbour.password } },
    });
    assert.equal(errors, undefined);
    assert.deepEqual(data.signIn, { session: { user: { name: neighbour.name } }, userErrors: [] });
    assert.deepEqual(more, []);
  });

  test("follows a state: what is now, then what it becomes, until it is over", async () => {
    const stock = client.iterate(stockOf(shop.couponId));
    const next = stockReader(stock);
    assert.deepEqual(await next(), { remaining: 2, status: "ACTIVE" });
    await claim(await signUp(), shop.couponId);
    assert.deepEqual(await next(), { remaining: 1, status: "ACTIVE" });
    await claim(await signUp(), shop.couponId);
    assert.deepEqual(await next(), { remaining: 0, status: "SOLD_OUT" });
    await withdraw(shop.owner, shop.couponId);
    await over(stock);
  });

  test("says who is asking in the header", async () => {
    const user = await signUp();
    const signedIn = open({ headers: { authorization: `Bearer ${user.token}` } });
    assert.deepEqual(await all(signedIn, whoAmI), [{ data: { viewer: { id: user.id, email: user.email } } }]);
  });

  test("hears that its token is refused", async () => {
    const stranger = open({ headers: { authorization: "Bearer not.a.token" } });
    const [{ errors }] = await all(stranger, stockOf(shop.couponId));
    assert.equal(errors[0].extensions.code, "UNAUTHENTICATED");
  });

  test("hears why a document is refused", async () => {
    const [{ errors, ...rest }, ...more] = await all(client, { query: "{ nothingOfTheKind }" });
    assert.equal(errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    assert.ok(errors[0].extensions.requestId);
    assert.deepEqual([rest, more], [{}, []]);
  });

  test("leaving ends the operation on the server", async () => {
    const news = client.iterate(newsOf(shop.storeId));
    const first = news.next();
    await until(async () => (await watchersOf("couponPublished")) === 1);
    await news.return();
    assert.equal((await first).done, true);
    await until(async () => (await watchersOf("couponPublished")) === 0);
  });
});

describe("a lost connection", () => {
  test("a state goes on from what it is now", async () => {
    const { couponId } = await openShop(3);
    const wire = await layWire();
    const connections = [];
    const client = open({
      url: wire.url,
      retryAttempts: 5,
      retry: async () => {},
      on: { connected: (again) => connections.push(again) },
    });
    const stock = client.iterate(stockOf(couponId));
    const next = stockReader(stock);
    assert.equal((await next()).remaining, 3);
    wire.cut();
    await claim(await signUp(), couponId);
    assert.equal((await next()).remaining, 2);
    await claim(await signUp(), couponId);
    assert.equal((await next()).remaining, 1);
    assert.deepEqual(connections, [false, true]);
    client.dispose();
    wire.close();
  });

  test("a log misses nothing and repeats nothing", async () => {
    const wire = await layWire();
    const down = promise();
    const up = promise();
    const client = open({
      url: wire.url,
      retryAttempts: 5,
      retry: () => {
        down.resolve();
        return up;
      },
    });
    const stand = await NewsStand.open((payload) => client.iterate(payload));
    wire.cut();
    await down;
    await stand.publish();
    await stand.publish();
    up.resolve();
    await stand.catchUp();
    await stand.publish();
    await stand.catchUp();
    client.dispose();
    wire.close();
  });
});
