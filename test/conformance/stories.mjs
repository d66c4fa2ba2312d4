// Operations and courses of events that several clients go through.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { openShop, publish } from "./moa.mjs";

export const whoAmI = { query: "query WhoAmI { viewer { id email } }" };

/** A state: how much of a coupon is left. */
export const stockOf = (couponId) => ({
  query: `subscription Stock($couponId: ID!) {
    couponStock(couponId: $couponId) { remaining status }
  }`,
  variables: { couponId },
});

/**
 * Returns a function that reads the next value of a state that differs from the one before. A coupon also
 * changes in what was not asked for, and is then told again.
 */
export function stockReader(results) {
  let known;
  return async () => {
    for (;;) {
      const { value, done } = await results.next();
      assert.equal(done, false);
      assert.equal(value.errors, undefined, JSON.stringify(value.errors));
      const { couponStock } = value.data;
      if (!isDeepStrictEqual(couponStock, known)) return (known = couponStock);
    }
  };
}

/** Reads to the end. */
export async function over(results) {
  while (!(await results.next()).done);
}

/** A log: the coupons that a store publishes. */
export const newsOf = (storeId) => ({
  query: `subscription News($storeId: ID!, $after: Cursor) {
    couponPublished(storeId: $storeId, after: $after) { cursor reset coupon { title } }
  }`,
  variables: { storeId },
});

/** A promise that is kept from outside, by its `resolve`. */
export function promise() {
  let resolve;
  const kept = new Promise((keep) => {
    resolve = keep;
  });
  return Object.assign(kept, { resolve });
}

/**
 * A store whose coupons are numbered, and a reader of its log. The reader is right when it gets each
 * number once and in order, whatever happens to the connection.
 */
export class NewsStand {
  #published = 0;
  #heard;

  /** Opens a stand and returns it once the reader, an async iterator from subscribe(payload), listens. */
  static async open(subscribe) {
    const stand = new NewsStand();
    Object.assign(stand, await openShop(1));
    stand.payload = newsOf(stand.storeId);
    stand.news = subscribe(stand.payload);
    const first = stand.#read().then((number) => {
      stand.#heard = number;
    });
    // A log without a cursor begins when it is listened to, which nothing but its first entry shows.
    while (stand.#heard === undefined) await stand.publish();
    await first;
    await stand.catchUp();
    return stand;
  }

  async publish() {
    await publish(this.owner, this.storeId, String(++this.#published));
  }

  /** Reads what was published since. */
  async catchUp() {
    while (this.#heard < this.#published) {
      assert.equal(await this.#read(), this.#heard + 1);
      this.#heard++;
    }
  }

  async #read() {
    const { value, done } = await this.news.next();
    assert.equal(done, false);
    assert.equal(value.errors, undefined, JSON.stringify(value.errors));
    const { cursor, reset, coupon } = value.data.couponPublished;
    assert.equal(reset, false);
    // The clients read the variables anew each time that they subscribe.
    this.payload.variables.after = cursor;
    return Number(coupon.title);
  }
}
