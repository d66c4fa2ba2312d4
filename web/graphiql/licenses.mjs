// Gathers the licence notices of every package that ends up in the bundle.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

const accepted = new Set(["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"]);

/**
 * The text of THIRD_PARTY_LICENSES.txt for the bundled files `inputs`, which
 * are relative to `root`: every distinct notice once, under the packages that
 * it covers. Fails on a licence that we have not accepted.
 */
export async function notices(root, inputs) {
  const titlesByText = new Map();
  for (const folder of [...new Set(inputs.map(packageFolder).filter(Boolean))].sort()) {
    const { title, text } = await noticeOf(path.join(root, folder));
    titlesByText.set(text, (titlesByText.get(text) ?? new Set()).add(title));
  }
  const head = "The GraphiQL page of Moa contains the following libraries.";
  const sections = [...titlesByText]
    .map(([text, titles]) => `${[...titles].join("\n")}\n\n${text}`);
  return `${[head, ...sections].join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}

function packageFolder(file) {
  return file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
}

async function noticeOf(folder) {
  const about = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const title = `${about.name} ${about.version} (${about.license})`;
  if (!accepted.has(about.license)) throw new Error(`${title}: this licence is not accepted yet`);
  const files = (await readdir(folder)).filter((name) => /^(licen[cs]e|notice)(\.|$)/i.test(name));
  const texts = [];
  for (const name of files.sort()) texts.push(await readFile(path.join(folder, name), "utf8"));
  if (texts.length === 0) texts.push(spelledOut(about, title));
  return { title, text: texts.map((text) => text.trim()).join("\n\n") };
}

// Some packages name the MIT licence without carrying its text.
function spelledOut(about, title) {
  if (about.license !== "MIT") throw new Error(`${title} carries no licence text`);
  const person = about.author ?? about.contributors?.[0];
  const name = typeof person === "string" ? person : person?.name;
  return mit.replace("{{holder}}", name ?? `the authors of ${about.name}`);
}

const mit = `MIT License

Copyright (c) {{holder}}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
