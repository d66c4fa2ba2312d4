// GraphQL over WebSocket: the real graphql-ws client, and raw sockets that break the protocol's rules.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { claim, neighbour, openShop, signUp, socketUrl, until, watchersOf, withdraw } from "./moa.mjs";
import { NewsStand, newsOf, over, promise, stockOf, stockReader, whoAmI } from "./stories.mjs";
import { layWire } from "./wire.mjs";

/** A client that fails at once instead of trying again, unless the options say otherwise. */
function open(options) {
  return createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
}

/** The results of an operation, one after the other, until the server completes it. */
async function all(client, payload) {
  const results = [];
  for await (const result of client.iterate(payload)) results.push(result);
  return results;
}

const signedInAs = ({ token }) => ({ connectionParams: { authorization: `Bearer ${token}` } });

describe("the graphql-ws client", () => {
  let client, shop;
  before(async () => {
    client = open();
    shop = await openShop(2);
  });
  after(() => client.dispose());

  test("asks, and the answer is complete", async () => {
    const results = await all(client, {
      query: "query Look($id: ID!) { node(id: $id) { __typename id } }",
      variables: { id: shop.couponId },
    });
    assert.deepEqual(results, [{ data: { node: { __typename: "Coupon", id: shop.couponId } } }]);
  });

  test("changes something", async () => {
    const [{ data, errors }, ...more] = await all(client, {
      query: `mutation SignIn($input: SignInInput!) {
        signIn(input: $input) { session { accessToken user { email } } userErrors { code } }
      }`,
      variables: { input: { email: neighbour.email, password: neighbour.password } },
    });
    assert.equal(errors, undefined);
    assert.deepEqual(data.signIn.userErrors, []);
    const own = { authorization: `Bearer ${data.signIn.session.accessToken}` };
    const other = open({ connectionParams: own });
    const [answer] = await all(other, whoAmI);
    assert.equal(answer.data.viewer.email, neighbour.email);
    await other.dispose();
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

  test("runs many operations over one socket", async () => {
    const sockets = new Set();
    const busy = open({ on: { connected: (socket) => sockets.add(socket) } });
    const { couponId } = await openShop(1);
    const stock = busy.iterate(stockOf(couponId));
    await stock.next();
    const answers = await Promise.all(Array.from({ length: 20 }, () => all(busy, whoAmI)));
    for (const answer of answers) assert.deepEqual(answer, [{ data: { viewer: null } }]);
    assert.equal(sockets.size, 1);
    await busy.dispose();
  });

  test("hears why a document is refused", async () => {
    const refusal = await all(client, { query: "{ nothingOfTheKind }" }).catch((errors) => errors);
    assert.equal(refusal[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    assert.ok(refusal[0].extensions.requestId);
  });

  test("a refusal of one field does not end the socket", async () => {
    const [{ errors }] = await all(client, { query: "subscription { couponClaimed { cursor } }" });
    assert.equal(errors[0].extensions.code, "UNAUTHENTICATED");
    assert.deepEqual(await all(client, whoAmI), [{ data: { viewer: null } }]);
  });

  test("answers the server's pings", async () => {
    const answered = promise();
    const lively = open({ lazy: false, on: { pong: (received) => received || answered.resolve() } });
    await answered;
    await lively.dispose();
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

describe("who is asking", () => {
  test("is in connection_init", async () => {
    const user = await signUp();
    const client = open(signedInAs(user));
    assert.deepEqual(await all(client, whoAmI), [{ data: { viewer: { id: user.id, email: user.email } } }]);
    await client.dispose();
  });

  test("a refused token closes with 4403", async () => {
    const client = open(signedInAs({ token: "not.a.token" }));
    await assert.rejects(all(client, whoAmI), { code: 4403, reason: "Forbidden" });
    await client.dispose();
  });

  test("a client comes back with another token", async () => {
    const user = await signUp();
    const tokens = ["not.a.token", user.token];
    const client = open({
      connectionParams: () => ({ authorization: `Bearer ${tokens.shift()}` }),
      retryAttempts: 1,
      retryWait: async () => {},
      shouldRetry: ({ code }) => code === 4403,
    });
    assert.deepEqual(await all(client, whoAmI), [{ data: { viewer: { id: user.id, email: user.email } } }]);
    await client.dispose();
  });
});

describe("a lost connection", () => {
  /** A wire and a client on it that comes back as often as it must. */
  async function onAWire(options) {
    const wire = await layWire();
    let sockets = 0;
    const client = open({
      url: wire.socketUrl,
      retryAttempts: 5,
      retryWait: async () => {},
      on: { connected: () => sockets++ },
      ...options,
    });
    const close = async () => {
      await client.dispose();
      wire.close();
    };
    return { client, wire, sockets: () => sockets, close };
  }

  test("a state goes on from what it is now", async () => {
    const { couponId } = await openShop(3);
    const { client, wire, sockets, close } = await onAWire();
    const stock = client.iterate(stockOf(couponId));
    const next = stockReader(stock);
    assert.equal((await next()).remaining, 3);
    wire.cut();
    await claim(await signUp(), couponId);
    assert.equal((await next()).remaining, 2);
    await claim(await signUp(), couponId);
    assert.equal((await next()).remaining, 1);
    assert.equal(sockets(), 2);
    await close();
  });

  test("the client gives up the socket itself and comes back", async () => {
    const { couponId } = await openShop(1);
    const { client, sockets, close } = await onAWire();
    const stock = client.iterate(stockOf(couponId));
    const next = stockReader(stock);
    assert.equal((await next()).remaining, 1);
    client.terminate();
    await claim(await signUp(), couponId);
    assert.equal((await next()).remaining, 0);
    assert.equal(sockets(), 2);
    await close();
  });

  test("a log misses nothing and repeats nothing", async () => {
    const down = promise();
    const up = promise();
    const { client, wire, sockets, close } = await onAWire({
      retryWait: () => {
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
    assert.equal(sockets(), 2);
    await close();
  });
});

describe("close codes", () => {
  const init = { type: "connection_init" };
  const subscribe = { id: "1", type: "subscribe", payload: whoAmI };
  for (const [what, messages, code, subprotocols = "graphql-transport-ws"] of [
    ["text that is not JSON", [init, "moa"], 4400],
    ["a message of no known type", [init, { type: "start" }], 4400],
    ["a message without its id", [init, { type: "subscribe", payload: subscribe.payload }], 4400],
    ["bytes", [Buffer.from(JSON.stringify(init))], 4400],
    ["an operation before connection_init", [subscribe], 4401],
    ["a refused token", [{ ...init, payload: { authorization: "Bearer not.a.token" } }], 4403],
    ["no subprotocol", [], 4406, []],
    ["no connection_init in time", [], 4408],
    ["connection_init twice", [init, init], 4429],
  ]) {
    test(`${code} for ${what}`, async () => {
      assert.equal(await closeCode(messages, subprotocols), code);
    });
  }

  test("4409 for an id that is in use", async () => {
    const { couponId } = await openShop(1);
    const stock = { id: "1", type: "subscribe", payload: stockOf(couponId) };
    assert.equal(await closeCode([init, stock, stock]), 4409);
  });

  test("the legacy subprotocol is not spoken", async () => {
    const [error] = await once(new WebSocket(socketUrl, "graphql-ws"), "error");
    assert.match(error.message, /no subprotocol/);
  });

  /** Sends messages over a socket of its own and returns the code with which the server closes it. */
  async function closeCode(messages, subprotocols = "graphql-transport-ws") {
    const socket = new WebSocket(socketUrl, subprotocols);
    await once(socket, "open");
    for (const message of messages) {
      socket.send(typeof message === "object" && !Buffer.isBuffer(message) ? JSON.stringify(message) : message);
    }
    const [code] = await once(socket, "close");
    return code;
  }
});
