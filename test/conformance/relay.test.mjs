// Relay: the compiler accepts the schema's conventions, and the runtime fetches, turns pages through
// @connection and @refetchable, changes and follows.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "graphql-ws";
import relay from "relay-runtime";
import { WebSocket } from "ws";
import { claim, openShop, openStreet, publish, signUp, socketUrl, url } from "./moa.mjs";
import { servedSchema } from "./schema.mjs";

const {
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getPaginationMetadata,
  getPaginationVariables,
  getRequest,
  getSingularSelector,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
} = relay;

/** Compiles ./relay against the served schema, in a folder of its own, and returns the artifacts. */
async function compile(folder) {
  const documents = join(folder, "src");
  await cp(fileURLToPath(new URL("relay", import.meta.url)), documents, { recursive: true });
  await writeFile(join(folder, "schema.graphql"), await servedSchema());
  // Node finds what artifacts import from each other only when they are CommonJS.
  const config = { src: "src", schema: "schema.graphql", language: "javascript", eagerEsModules: false };
  await writeFile(join(folder, "relay.config.json"), JSON.stringify(config));
  const compiler = createRequire(import.meta.url).resolve("relay-compiler/cli.js");
  await promisify(execFile)(process.execPath, [compiler, "relay.config.json"], { cwd: folder });
  const load = createRequire(join(documents, "Street.js"));
  return (name) => load(`./__generated__/${name}.graphql.js`);
}

/** An environment whose network is Moa over HTTP and, for subscriptions, over a WebSocket. */
function open(user) {
  const authorization = user ? { authorization: `Bearer ${user.token}` } : {};
  const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: authorization });
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      async ({ text, name }, variables) => {
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json", ...authorization },
          body: JSON.stringify({ query: text, operationName: name, variables }),
        });
        return response.json();
      },
      ({ text, name }, variables) =>
        Observable.create((sink) => socket.subscribe({ query: text, operationName: name, variables }, sink)),
    ),
  });
  return { environment, close: () => socket.dispose() };
}

/** Fetches a query and keeps its data in the store; returns what the query itself may see. */
async function fetchInto(environment, query, variables) {
  const operation = createOperationDescriptor(getRequest(query), variables);
  environment.retain(operation);
  await fetchQuery(environment, query, variables).toPromise();
  return environment.lookup(operation.fragment).data;
}

/** Turns the pages of a fragment's connection as usePaginationFragment does, until there is no more. */
async function turnPages(environment, fragment, ref, connectionOf) {
  const selector = getSingularSelector(fragment, ref);
  const { paginationRequest, paginationMetadata, identifierField } = getPaginationMetadata(fragment, "test");
  const shown = () => connectionOf(environment.lookup(selector).data);
  const pages = [shown().edges.length];
  while (shown().pageInfo.hasNextPage) {
    const { endCursor } = shown().pageInfo;
    const base = { ...selector.owner.variables, ...selector.variables };
    const variables = getPaginationVariables("forward", 2, endCursor, base, {}, paginationMetadata);
    if (identifierField) variables[identifierField] = environment.lookup(selector).data[identifierField];
    await fetchInto(environment, paginationRequest, variables);
    pages.push(shown().edges.length);
  }
  return { pages, nodes: shown().edges.map(({ node }) => node) };
}

describe("Relay", () => {
  let folder, artifact;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "moa-relay-"));
    artifact = await compile(folder);
  });
  after(() => rm(folder, { recursive: true }));

  test("turns the pages of a root field", async () => {
    const { owner, names } = await openStreet(5);
    const { environment, close } = open();
    const street = await fetchInto(environment, artifact("StreetQuery"), { ownerId: owner.id });
    const { pages, nodes } = await turnPages(environment, artifact("Street_stores"), street, (data) => data.stores);
    assert.deepEqual(pages, [2, 4, 5]);
    assert.deepEqual(nodes.map(({ name }) => name), names.toReversed());
    await close();
  });

  test("turns the pages inside an object, which it finds again with `node`", async () => {
    const { owner, storeId } = await openShop(1);
    for (const title of ["둘째", "셋째", "넷째"]) await publish(owner, storeId, title);
    const { environment, close } = open();
    const { store } = await fetchInto(environment, artifact("StreetShopQuery"), { id: storeId });
    assert.match(getPaginationMetadata(artifact("Street_shop"), "test").paginationRequest.params.text, /node\(id: \$id\)/);
    const { pages, nodes } = await turnPages(environment, artifact("Street_shop"), store, (data) => data.coupons);
    assert.deepEqual(pages, [2, 4]);
    assert.deepEqual(nodes.map(({ title }) => title), ["넷째", "셋째", "둘째", "천 원 할인"]);
    await close();
  });

  test("changes something, and its store knows", async () => {
    const { storeId } = await openShop(1);
    const { environment, close } = open(await signUp());
    const { store } = await fetchInto(environment, artifact("StreetShopQuery"), { id: storeId });
    assert.equal(store.isFollowed, false);
    await new Promise((resolve, reject) => {
      commitMutation(environment, {
        mutation: artifact("StreetFollowMutation"),
        variables: { input: { storeId } },
        onCompleted: resolve,
        onError: reject,
      });
    });
    const operation = createOperationDescriptor(getRequest(artifact("StreetShopQuery")), { id: storeId });
    assert.equal(environment.lookup(operation.fragment).data.store.isFollowed, true);
    await close();
  });

  test("follows a state", async () => {
    const { couponId } = await openShop(2);
    const { environment, close } = open();
    const seen = [];
    await new Promise((resolve, reject) => {
      const { dispose } = requestSubscription(environment, {
        subscription: artifact("StreetStockSubscription"),
        variables: { couponId },
        onError: reject,
        onNext({ couponStock }) {
          if (couponStock.remaining === seen.at(-1)) return;
          seen.push(couponStock.remaining);
          if (seen.length === 1) return signUp().then((user) => claim(user, couponId)).catch(reject);
          dispose();
          resolve();
        },
      });
    });
    assert.deepEqual(seen, [2, 1]);
    await close();
  });
});
