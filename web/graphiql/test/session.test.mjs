import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { accessToken, refusal, tokenIn, withSession } = await load("session.ts");

test("a session takes the place of any other and leaves other headers", () => {
  const before = '{"authorization": "Bearer old", "Accept-Language": "ko"}';
  const after = withSession(before, { token: "new" });
  assert.deepEqual(JSON.parse(after), { "Accept-Language": "ko", Authorization: "Bearer new" });
  assert.equal(tokenIn(after), "new");
});

test("a guest has no token", () => {
  assert.equal(withSession('{"Authorization": "Bearer old"}', { token: null }), "");
  assert.equal(tokenIn(""), null);
});

test("half-typed headers are replaced", () => {
  assert.equal(tokenIn('{"Authorization": "Bear'), null);
  assert.equal(tokenIn(withSession('{"Authorization', { token: "new" })), "new");
});

test("an answer holds a token or the reason why not", () => {
  assert.equal(accessToken({ data: { signIn: { session: { accessToken: "t" } } } }), "t");
  const refused = { data: { signIn: { session: null, userErrors: [{ message: "no" }] } } };
  assert.equal(accessToken(refused), undefined);
  assert.equal(refusal(refused), "no");
  assert.equal(refusal({ errors: [{ message: "slow down" }] }), "slow down");
});
