/** Documentation points at what exists: links, paths, npm scripts, and the sections of the specification that code cites. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));

const pages = ["README.md", "CHANGELOG.md", "models/garage/README.md", ...filesIn("docs", ".md")];

/** GitHub's rule for the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
const anchorsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

test("links in the documentation lead to files and headings that exist", () => {
  for (const page of pages)
    for (const [, target] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [path, anchor] = target!.split("#");
      const file = path === "" ? page : normalize(join(dirname(page), path!));
      assert.ok(existsSync(join(root, file)), `${page} links to ${target}`);
      if (anchor !== undefined) assert.ok(anchorsOf(file).includes(anchor), `${page} links to ${target}`);
    }
});

test("paths that the documentation names exist", () => {
  for (const page of pages)
    for (const [, path] of read(page).matchAll(/`((?:src|test|docs|models\/garage|tools)\/[\w./-]*)`/g))
      assert.ok(existsSync(join(root, path!)), `${page} names ${path}`);
});

test("npm scripts that the documentation names exist", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  for (const page of pages)
    for (const [, script] of read(page).matchAll(/npm run (?:--silent )?([\w:]+)/g))
      assert.ok(script! in scripts, `${page} names npm run ${script}`);
});

test("every section of the specification that the code cites is in docs/jukebox.md", () => {
  const sections = new Set(
    [...read("docs/jukebox.md").matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number),
  );
  assert.ok(sections.has("3.6"));
  for (const file of [...filesIn("src", ".ts"), ...filesIn("test", ".ts")])
    for (const [, number] of read(file).matchAll(/\bspec (\d+(?:\.\d+)?)/g))
      assert.ok(sections.has(number!), `${file} cites section ${number}`);
});
