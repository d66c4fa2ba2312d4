// The running Moa, and the people and things that the suites need in it. Each suite makes its own, so
// that none sees what another does.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";

/** The address of the GraphQL endpoint. */
export const url = process.env.MOA_URL;
assert.ok(url, "MOA_URL is the address of a running Moa, such as http://127.0.0.1:8080/graphql");

/** The same endpoint for WebSockets. */
export const socketUrl = url.replace(/^http/, "ws");

/** A demo account, as each new development server has it. */
export const neighbour = { email: "user@moa.example", password: "moa-demo-1234", name: "이우정" };

/** Asks by plain HTTP and returns the data; fails on any error. */
export async function ask(query, variables, token) {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Makes a change and returns what it made; fails when a rule refuses it. */
async function change(noun, query, input, token) {
  const [payload] = Object.values(await ask(query, { input }, token));
  assert.deepEqual(payload.userErrors, []);
  return payload[noun];
}

/** Creates an account: a USER or an OWNER. */
export async function signUp(role = "USER") {
  const email = `${randomUUID()}@moa.example`;
  const password = randomUUID();
  const session = await change(
    "session",
    `mutation SignUp($input: SignUpInput!) {
      signUp(input: $input) { session { accessToken user { id } } userErrors { code } }
    }`,
    { email, password, name: "이웃", role },
  );
  return { id: session.user.id, email, password, token: session.accessToken };
}

/** Opens a store and returns its id. */
export async function openStore(owner, name = "골목 가게") {
  const store = await change(
    "store",
    `mutation OpenStore($input: CreateStoreInput!) {
      createStore(input: $input) { store { id } userErrors { code } }
    }`,
    { name, category: "잡화" },
    owner.token,
  );
  return store.id;
}

const day = 24 * 60 * 60 * 1000;

/** Publishes a coupon that can be claimed at once, and returns its id. */
export async function publish(owner, storeId, title = "천 원 할인", quantity = 10) {
  const now = Date.now();
  const coupon = await change(
    "coupon",
    `mutation Publish($input: CreateCouponInput!) {
      createCoupon(input: $input) { coupon { id } userErrors { code } }
    }`,
    {
      storeId,
      title,
      discount: { kind: "AMOUNT", value: 1000 },
      quantity,
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + day).toISOString(),
      expiresAt: new Date(now + 2 * day).toISOString(),
    },
    owner.token,
  );
  return coupon.id;
}

/** Claims a coupon. */
export async function claim(user, couponId) {
  return change(
    "claim",
    `mutation Claim($input: ClaimCouponInput!) {
      claimCoupon(input: $input) { claim { id } userErrors { code } }
    }`,
    { couponId },
    user.token,
  );
}

/** Deletes a coupon. */
export async function withdraw(owner, couponId) {
  await change(
    "coupon",
    `mutation Withdraw($input: DeleteCouponInput!) {
      deleteCoupon(input: $input) { coupon { id } userErrors { code } }
    }`,
    { id: couponId },
    owner.token,
  );
}

/** A shop with one coupon, and who owns it. */
export async function openShop(quantity) {
  const owner = await signUp("OWNER");
  const storeId = await openStore(owner);
  return { owner, storeId, couponId: await publish(owner, storeId, undefined, quantity) };
}

/** Opens many stores of one owner, one after the other, and returns their names in that order. */
export async function openStreet(length) {
  const owner = await signUp("OWNER");
  const names = Array.from({ length }, (_, i) => `${i + 1}번지`);
  for (const name of names) await openStore(owner, name);
  return { owner, names };
}

/** How many clients watch a live field, as the metrics say. */
export async function watchersOf(field) {
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  const line = metrics.split("\n").find((text) => text.startsWith(`moa_live_subscribers{field="${field}"}`));
  return line ? Number(line.split(" ").at(-1)) : 0;
}

/** Looks until a condition holds. The runner's time limit ends what never does. */
export async function until(condition) {
  while (!(await condition())) await setTimeout(10);
}
