/** The released lists of names: taken from folders and addresses, and refused if they are others. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hasLists, LISTS_FOLDER, takeLists } from "../../src/import/lists.ts";
import { describeModel, importParts } from "../../src/import/model.ts";
import type { ReleasedModel } from "../../src/import/released.ts";
import { readModelConfig } from "../../src/model/folder.ts";
import { temporaryFolder } from "../support/folder.ts";
import { fixtures, lists, serving, tinyModel } from "./tiny-model.ts";

const rules = ["v2", "v2", "v3"] as const;
const files = ["v2_artists.txt", "v2_genres.txt", "v3_artists.txt", "v3_genres.txt"];

function write(folder: string, named: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(named)) writeFileSync(join(folder, name), text);
}

test("lists come from an address, or from a folder under their own, their released or a model's names", async (t) => {
  const { from, asked } = await serving(t, { files: lists });
  const [plain, nested, ours] = [temporaryFolder(t), temporaryFolder(t), temporaryFolder(t)];
  write(plain, lists);
  write(join(nested, LISTS_FOLDER), lists);
  const renamed = Object.entries(lists).map(([name, text]) => [name.replace("_ids", "s"), text]);
  write(ours, Object.fromEntries(renamed));
  for (const source of [from, plain, nested, ours]) {
    const folder = temporaryFolder(t);
    assert.equal(await hasLists(folder, rules), false);
    await takeLists({ folder, from: source, rules });
    assert.equal(await hasLists(folder, rules), true);
    assert.deepEqual(readdirSync(join(folder, "vocabulary")).sort(), files);
    for (const file of files)
      assert.equal(readFileSync(join(folder, "vocabulary", file), "utf8"), lists[file.replace("s.txt", "_ids.txt")]);
  }
  assert.deepEqual(
    asked,
    Object.keys(lists).map((name) => `/files/${name}`),
  );
  const folder = temporaryFolder(t);
  await takeLists({ folder, from: plain, rules: ["v2"] });
  assert.deepEqual(readdirSync(join(folder, "vocabulary")).sort(), files.slice(0, 2));
});

const wrong: readonly [says: string, text: string | undefined, answer: RegExp][] = [
  ["is missing", undefined, /has no v3_genre_ids\.txt/],
  [
    "has a line too few",
    lists["v3_genre_ids.txt"]!.replace(/.*\n/, ""),
    /not the released list: it has 603 lines .*not 604/,
  ],
  ["counts too far", lists["v3_genre_ids.txt"]!.replace(/603\n/, "604\n"), /up to number 604, not 604/],
  ["has a line without a number", lists["v3_genre_ids.txt"]!.replace("7;7", "7"), /line 8 is no name and number/],
  ["has no end", "x".repeat(2 ** 20 + 1), /too long for a list/],
];

for (const [says, text, answer] of wrong)
  test(`a list that ${says} is refused, and not put into the model`, async (t) => {
    const [from, folder] = [temporaryFolder(t), temporaryFolder(t)];
    const { "v3_genre_ids.txt": _, ...others } = lists;
    write(from, { ...others, ...(text !== undefined && { "v3_genre_ids.txt": text }) });
    await assert.rejects(takeLists({ folder, from, rules }), { name: "UserError", message: answer });
    assert.deepEqual(readdirSync(join(folder, "vocabulary")).sort(), files.slice(0, 3));
    assert.equal(await hasLists(folder, rules), false);
  });

test("an address that lacks a list, or sends one without end, is refused; a folder that isn't there, too", async (t) => {
  const folder = temporaryFolder(t);
  const take = (from: string) => takeLists({ folder, from, rules, line: { pauseSeconds: 0.01, tries: 1 } });
  const { from } = await serving(t);
  await assert.rejects(take(from), { name: "UserError", message: /v2_artist_ids\.txt answers 404/ });
  const { from: endless } = await serving(t, { files: { "v2_artist_ids.txt": "x".repeat(2 ** 20 + 1) } });
  await assert.rejects(take(endless), { name: "UserError", message: /claims 1048577 bytes/ });
  await assert.rejects(take(join(folder, "nowhere")), { name: "UserError", message: /There is no folder/ });
  assert.deepEqual(readdirSync(join(folder, "vocabulary")), []);
});

test("a model goes by the lists once they are there; until then it knows nobody", async (t) => {
  const tiny = tinyModel();
  const [vqvae, ...priors] = Object.entries(tiny.parts);
  const named = priors.map(([name, part], level) => [name, { ...part, lists: rules[level]! }] as const);
  const model: ReleasedModel = { ...tiny, parts: Object.fromEntries([vqvae!, ...named]), lyricCharacters: "v3" };
  const folder = temporaryFolder(t);
  const parts = await importParts({ model, folder, bits: 32, from: fixtures });
  assert.deepEqual(await describeModel(model, folder, parts), { knowsNames: false });
  const poor = await readModelConfig(folder);
  assert.deepEqual([poor.labelRules, poor.artists, poor.genres], [undefined, ["unknown"], ["unknown"]]);
  const from = temporaryFolder(t);
  write(from, lists);
  await takeLists({ folder, from, rules });
  assert.deepEqual(await describeModel(model, folder, parts), { knowsNames: true });
  const rich = await readModelConfig(folder);
  assert.deepEqual([rich.labelRules, rich.artists, rich.lyricCharacters], [[...rules], [], "v3"]);
  assert.ok(!existsSync(join(folder, "verified.json")), "small files are hashed each time");
});
