import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { gatherer } = await load("gather.ts");

const told = (piece) => ({ data: { counselReply: piece } });

test("what two voices say in turns is put together", () => {
  const gather = gatherer();
  gather(told({ messageId: "1", author: "FEELING", delta: "많이 ", done: false }));
  gather(told({ messageId: "2", author: "THINKING", delta: "먼저 ", done: false }));
  const event = told({ messageId: "1", author: "FEELING", delta: "속상했죠", done: false });
  assert.deepEqual(gather(event), {
    ...event, extensions: { saidSoFar: {
      FEELING: { text: "많이 속상했죠", done: false }, THINKING: { text: "먼저 ", done: false },
    } },
  });
});

test("the next message of a voice begins anew, whether or not its identity is asked for", () => {
  for (const [first, second] of [[{ messageId: "1" }, { messageId: "2" }], [{}, {}]]) {
    const gather = gatherer();
    gather(told({ ...first, author: "TAROT", delta: "카드를 ", done: false }));
    gather(told({ ...first, author: "TAROT", delta: "", done: true }));
    const { extensions } = gather(told({ ...second, author: "TAROT", delta: "정의", done: false }));
    assert.deepEqual(extensions.saidSoFar, { TAROT: { text: "정의", done: false } });
  }
});

test("a reset forgets, and the extensions of the server stay", () => {
  const gather = gatherer();
  gather(told({ delta: "한 ", done: false }));
  const { extensions } = gather({ ...told({ delta: "마디", done: false }), extensions: { cost: 1 } });
  assert.deepEqual(extensions, { cost: 1, saidSoFar: { text: { text: "한 마디", done: false } } });
  assert.deepEqual(gather(told({ reset: true, delta: "" })), told({ reset: true, delta: "" }));
});

test("other events stay as they are", () => {
  const gather = gatherer();
  for (const event of [{ data: { couponStock: { remaining: 1 } } }, { data: null }, { errors: [{ message: "no" }] }]) {
    assert.equal(gather(event), event);
  }
});
