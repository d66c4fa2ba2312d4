// GraphQL over HTTP: every audit of graphql-http, the recommended and the optional ones too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverAudits } from "graphql-http";
import { url } from "./moa.mjs";

const audits = serverAudits({ url, fetchFn: fetch });

test("all audits are here", () => assert.equal(audits.length, 61));

for (const { id, name, fn } of audits) {
  test(`${id} ${name}`, async () => {
    const { status, reason, response } = await fn();
    assert.equal(status, "ok", `${reason}: status ${response?.status}, ${response?.headers.get("content-type")}`);
  });
}
