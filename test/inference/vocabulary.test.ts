/** A model folder with released lists and lyrics: what its card says, what the engine makes of words, and what is refused. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { UserError } from "../../src/errors.ts";
import type { Engine, GenerateOptions } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { readVocabulary } from "../../src/inference/vocabulary.ts";
import { readModelConfig } from "../../src/model/folder.ts";
import { labelsFor } from "../../src/song/labels-for.ts";
import { samplingFor } from "../../src/song/sampling.ts";
import type { SongOptions } from "../../src/song/song.ts";
import { songFrom } from "../../src/song/song-from.ts";
import { singingConfig, tinyConfig, writeSingingModel } from "../support/model.ts";

let folder: string;
let engine: Engine;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "singing-"));
  await writeSingingModel(folder);
  engine = await openEngine(folder);
});

after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const list = (name: string): string => join(folder, "vocabulary", name);

/** The new codes of a song, by level. */
async function sing(words: SongOptions, options: GenerateOptions = {}): Promise<Uint16Array[]> {
  const song = songFrom({ artist: "The Beatles", genre: "Blues Rock", seconds: 3, seed: 5, ...words }, engine.model);
  const codes: number[][] = [[], [], []];
  const request = { ...song, labels: labelsFor(song, engine.model), sampling: samplingFor(song, 3) };
  for await (const event of engine.generate(request, options))
    if (event.type === "codes") codes[event.level]!.push(...event.codes);
  return codes.map((level) => Uint16Array.from(level));
}

test("the card has the names that the coarsest level knows, and says how it is told them", () => {
  const { artists, genres, rules, lyrics, whole } = engine.model;
  assert.equal(artists[0], "unknown");
  assert.ok(artists.includes("céline dion") && !artists.slice(1).includes("unknown"));
  assert.deepEqual(genres.slice(0, 4), ["unknown", "hip hop", "classic pop", "r&b"]);
  assert.deepEqual([rules, lyrics], [["v2", "v2", "v3"], "v3"]);
  assert.deepEqual(whole, { minSeconds: 3, maxSeconds: 1000 });
});

test("v2's names are offered with blanks between their words", async () => {
  const { artists, genres } = await readVocabulary(folder, {
    ...(await readModelConfig(folder)),
    labelRules: ["v2", "v2", "v2"],
    priors: singingConfig.priors.map((size) => ({ ...size, labels: singingConfig.priors[0]!.labels! })),
  });
  assert.ok(artists.includes("zac brown band") && !artists.includes("various") && !artists.includes(""));
  assert.deepEqual(genres.slice(0, 3), ["unknown", "blues", "hip"]);
});

test("a song is made of lyrics; the same words make the same one, other lyrics another", async () => {
  const la = await sing({ lyrics: "la la la" });
  assert.deepEqual(
    la.map(({ length }) => length),
    engine.codesIn(3),
  );
  assert.deepEqual(await sing({ lyrics: "la la la" }), la);
  for (const other of [{ lyrics: "Never gonna give you up" }, {}, { lyrics: "la la la", totalSeconds: 600 }])
    assert.notDeepEqual((await sing(other))[2], la[2]);
});

test("a song with lyrics that is taken up again is the same to the bit", async () => {
  const words = { lyrics: "old town road\n".repeat(20), seconds: 4, totalSeconds: 6 };
  const codes = await sing(words);
  for (const share of [0.05, 0.5, 0.9]) {
    const known = codes.map((level, index) => level.slice(0, Math.floor(level.length * share ** (3 - index))));
    const fresh = await sing(words, { known });
    assert.deepEqual(
      fresh.map((level, index) => Uint16Array.from([...known[index]!, ...level])),
      codes,
      `from ${share}`,
    );
  }
});

test("each level takes an artist's number by its own rule", async () => {
  const plain = await sing({ artist: "Speaker" }); // v3 alone knows it
  const unknown = await sing({ artist: "unknown" });
  assert.notDeepEqual(plain[2], unknown[2]);
  const known = [new Uint16Array(0), new Uint16Array(0), unknown[2]!];
  const [finest, middle] = await sing({ artist: "Speaker" }, { known });
  assert.deepEqual([finest, middle], unknown.slice(0, 2), "below the top both are unknown");
});

test("a folder without its lists, or with those of another model, is refused in a sentence", async () => {
  const refused = async (message: RegExp) =>
    assert.rejects(openEngine(folder), (error) => error instanceof UserError && message.test(error.message));
  const path = list("v3_artists.txt");
  const text = await readFile(path, "utf8");
  await rename(path, `${path}.away`);
  await refused(/^I can't read .*v3_artists\.txt: /);
  for (const [other, message] of [
    ["a;7898\n", /v3_artists\.txt is another model's: level 2 has 7898 artists, and it counts to 7898\.$/],
    ["no list", /v3_artists\.txt is damaged: line 1 /],
    ["x".repeat(2 ** 20 + 1), /v3_artists\.txt is too long/],
  ] as const) {
    await writeFile(path, other);
    await refused(message);
  }
  await writeFile(path, text);
  await rm(`${path}.away`);
  const wrong = { ...(await readModelConfig(folder)), lyricCharacters: "v2" as const };
  await assert.rejects(
    readVocabulary(folder, wrong),
    /reads 79 kinds of lyric characters, and its config\.json tells of 80/,
  );
});

test("a model of one's own goes by its own names and sings nothing", async () => {
  const weights = [{ file: "weights.safetensors", bytes: 0, sha256: "0" }];
  const { rules, lyrics, artists, whole } = await readVocabulary("nowhere", { ...tinyConfig, weights });
  assert.deepEqual([rules, lyrics, artists], [["own", "own", "own"], undefined, tinyConfig.artists]);
  assert.deepEqual(whole, { minSeconds: 3, maxSeconds: 1000 });
});
