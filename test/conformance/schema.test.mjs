// graphql-eslint's schema-recommended and schema-relay hold for the sources of the schema and for the
// schema as the server tells it, and both are the same.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildSchema } from "graphql";
import { print, servedSchema } from "./schema.mjs";

const sources = fileURLToPath(new URL("../../schema", import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), "moa-schema-"));
after(() => rm(scratch, { recursive: true }));

const served = await servedSchema();

/** Puts a schema into a folder of its own and returns the folder. */
async function keep(sdl) {
  const folder = await mkdtemp(join(scratch, "sdl-"));
  await writeFile(join(folder, "schema.graphql"), sdl);
  return folder;
}

/** Runs eslint over the *.graphql files of a folder, which together are one schema. */
async function lint(folder) {
  const [eslint, config] = ["node_modules/eslint/bin/eslint.js", "eslint.config.js"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const args = [eslint, "--no-color", "--max-warnings", "0", "--config", config, "*.graphql"];
  const env = { ...process.env, MOA_SCHEMA: join(folder, "*.graphql") };
  return promisify(execFile)(process.execPath, args, { cwd: folder, env }).then(
    ({ stdout }) => ({ clean: true, report: stdout }),
    ({ stdout, stderr }) => ({ clean: false, report: stdout + stderr }),
  );
}

test("the sources follow the rules", async () => {
  const { clean, report } = await lint(sources);
  assert.ok(clean, report);
});

test("the served schema follows the rules", async () => {
  const { clean, report } = await lint(await keep(served));
  assert.ok(clean, report);
});

test("the rules are in force", async () => {
  const { clean, report } = await lint(
    await keep(`
      type Query { things(first: Int): ThingConnection! }
      type ThingConnection { edges: [ThingEdge] }
      type ThingEdge { node: Thing }
      type Thing { name: String }
    `),
  );
  assert.ok(!clean);
  for (const rule of [
    "relay-arguments",
    "relay-connection-types",
    "relay-edge-types",
    "relay-page-info",
    "require-description",
    "strict-id-in-types",
  ]) {
    assert.match(report, new RegExp(`@graphql-eslint/${rule}\\b`));
  }
});

test("the server serves the sources", async () => {
  const files = (await readdir(sources)).filter((name) => name.endsWith(".graphql"));
  const texts = await Promise.all(files.map((name) => readFile(join(sources, name), "utf8")));
  const written = print(buildSchema(texts.join("\n")));
  assert.deepEqual(
    { served: linesOnlyIn(served, written), written: linesOnlyIn(written, served) },
    { served: [], written: [] },
    "make generate brings the server up to date",
  );
  assert.ok(served === written);
});

function linesOnlyIn(text, other) {
  const known = new Set(other.split("\n"));
  return text.split("\n").filter((line) => !known.has(line));
}
