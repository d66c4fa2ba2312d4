import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { fill, learn } = await load("placeholders.ts");
const now = new Date("2026-03-01T16:30:00Z"); // already 2 March in Seoul

test("instants are in UTC and days in Seoul", () => {
  const variables = { startsAt: "<now>", endsAt: "<now+7d>", days: ["<today-1d>", "<today>"] };
  assert.deepEqual(fill(variables, {}, now), {
    startsAt: "2026-03-01T16:30:00.000Z",
    endsAt: "2026-03-08T16:30:00.000Z",
    days: ["2026-03-01", "2026-03-02"],
  });
});

test("other values stay as they are", () => {
  const variables = { first: 3, on: true, none: null, text: "1 < 2 > 0", tag: "<b>" };
  assert.deepEqual(fill(variables, {}, now), variables);
  assert.equal(fill(undefined, {}, now), undefined);
});

test("an id that no answer told is asked for", () => {
  assert.throws(() => fill({ input: { code: "<code>" } }, {}, now), /<code> is not known yet: play ClaimCoupon first/);
});

test("answers teach ids, and a published coupon wins over one that was seen", () => {
  const coupons = { edges: [{ node: { id: "cpn_seen" } }] };
  const seen = learn({}, { nearby: { edges: [{ node: { coupons } }] } });
  assert.deepEqual(seen, { couponId: "cpn_seen" });

  const published = learn(seen, { createCoupon: { coupon: { id: "cpn_new" } } });
  assert.deepEqual(published, { couponId: "cpn_new" });
  assert.deepEqual(learn(published, { nearby: { edges: [{ node: { coupons } }] } }), published);

  assert.deepEqual(learn({}, { claimCoupon: { claim: null } }), {});
  assert.deepEqual(learn({}, null), {});
});

test("sessions are told apart by their kind", () => {
  const begun = (kind, id) => ({ startCounselSession: { session: { id, kind } } });
  const worry = learn({}, begun("WORRY", "cns_1"));
  assert.deepEqual(worry, { worryId: "cns_1" });
  assert.deepEqual(learn(worry, begun("TAROT", "cns_2")), { worryId: "cns_1", tarotId: "cns_2" });
  assert.deepEqual(learn({}, { startCounselSession: { session: null } }), {});
});
