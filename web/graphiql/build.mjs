// Builds web/dist: the page, its hashed scripts and styles, and the notices of
// the libraries inside. The same sources and lock file give the same bytes.
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { notices } from "./licenses.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "..", "dist");
const assetsPath = "/graphiql/assets/";

// GraphiQL's style sheet carries some 400 kB of Latin fonts as data addresses.
// They know no Hangul: the system's fonts serve both scripts and weigh nothing.
const systemFonts = {
  name: "system-fonts",
  setup(on) {
    on.onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, "utf8")).replace(/@font-face\s*\{[^}]*\}/g, ""),
      loader: "css",
    }));
  },
};

// The dialogs' library hides the page's scroll bar through an inline style sheet,
// which a strict policy forbids. Our page never scrolls: nothing needs hiding.
const noInlineStyles = {
  name: "no-inline-styles",
  setup(on) {
    on.onResolve({ filter: /^react-remove-scroll-bar$/ }, () => ({
      path: path.join(here, "src", "RemoveScrollBar.ts"),
    }));
  },
};

await rm(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.tsx"],
  outdir: path.join(dist, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  minify: true,
  legalComments: "none",
  metafile: true,
  loader: { ".graphql": "text" },
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [systemFonts, noInlineStyles],
});

const built = Object.keys(metafile.outputs).map((name) => path.basename(name));
const asset = (extension) => {
  const name = built.find((each) => each.startsWith("main-") && each.endsWith(extension));
  if (!name) throw new Error(`the build made no main${extension}`);
  return assetsPath + name;
};

await mkdir(dist, { recursive: true });
const page = await readFile(path.join(here, "index.html"), "utf8");
await writeFile(
  path.join(dist, "index.html"),
  page.replace("{{css}}", asset(".css")).replace("{{js}}", asset(".js")),
);
await writeFile(path.join(dist, "favicon.svg"), await readFile(path.join(here, "favicon.svg")));
await writeFile(
  path.join(dist, "THIRD_PARTY_LICENSES.txt"),
  await notices(here, Object.keys(metafile.inputs)),
);
