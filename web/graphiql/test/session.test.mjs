import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { guest, refusal, sessionIn, tokenIn, withSession } = await load("session.ts");

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

const accounts = [{ label: "Owner", email: "owner@moa.example", password: "secret" }];

test("an answer signs in an account, with its label where it is one of the demo, or tells why not", () => {
  const signedIn = (email) => ({ data: { signIn: { session: { accessToken: "t", user: { email } } } } });
  assert.deepEqual(sessionIn(signedIn("owner@moa.example"), accounts), { token: "t", label: "Owner" });
  assert.deepEqual(sessionIn(signedIn("else@moa.example"), accounts), { token: "t", label: undefined });
  assert.deepEqual(sessionIn(signedIn(undefined), accounts), { token: "t", label: undefined });
  const refused = { data: { signIn: { session: null, userErrors: [{ message: "no" }] } } };
  assert.equal(sessionIn(refused, accounts), undefined);
  assert.equal(refusal(refused), "no");
  assert.equal(refusal({ errors: [{ message: "slow down" }] }), "slow down");
});

test("who begins to tell a worry as a guest goes on as that guest", () => {
  const begun = (guestToken) => ({ data: { startCounselSession: { guestToken } } });
  assert.deepEqual(sessionIn(begun("g"), accounts), { token: "g", label: guest });
  assert.equal(sessionIn(begun(null), accounts), undefined, "somebody with a token gets none");
});
