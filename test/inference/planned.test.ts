/** Songs of a model that is told what is sung when: its words are known from the start, and every level hears them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { alignmentPaths } from "../../src/inference/alignment-files.ts";
import type { Engine, GenerateOptions, SongEvent } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { labelsFor } from "../../src/song/labels-for.ts";
import { samplingFor } from "../../src/song/sampling.ts";
import type { SongOptions } from "../../src/song/song.ts";
import { songFrom } from "../../src/song/song-from.ts";
import { temporaryFolder } from "../support/folder.ts";
import { writeToldModel } from "../support/model.ts";

let folder: string;
let engine: Engine;

before(async (t) => {
  folder = temporaryFolder(t as TestContext);
  await writeToldModel(join(folder, "told"));
  engine = await openEngine(join(folder, "told"));
});

after(() => engine.close());

const seconds = 14;

async function sing(options: SongOptions, given: GenerateOptions = {}): Promise<SongEvent[]> {
  const song = songFrom({ artist: "The Sample Tones", seconds, seed: 3, ...options }, engine.model);
  const labels = labelsFor(song, engine.model);
  const events: SongEvent[] = [];
  for await (const event of engine.generate({ ...song, labels, sampling: samplingFor(song, 3) }, given))
    events.push(event);
  return events;
}

const codesOf = (events: readonly SongEvent[], level: number): number[] =>
  events.flatMap((event) => (event.type === "codes" && event.level === level ? [...event.codes] : []));

test("lines and their times are told before anything is made, and are written beside the song", async () => {
  const out = join(folder, "song.ogg");
  const events = await sing({ lyrics: "silver river\nthe moon is mine" }, { out, tags: { TITLE: "Moon" } });
  const [first] = events;
  assert.ok(first?.type === "alignment");
  assert.deepEqual(
    first.alignment.lines.map(({ text }) => text),
    ["silver river", "the moon is mine"],
  );
  assert.ok(first.alignment.lines.every(({ from, to }) => from < to && to < seconds));
  assert.equal(events.filter(({ type }) => type === "alignment").length, 1);
  const { lrc, vtt, picture } = alignmentPaths(out);
  assert.match(readFileSync(lrc, "utf8"), /\[ti:Moon\][\s\S]*\[00:0\d\.\d\d\]the moon is mine\n/);
  assert.match(readFileSync(vtt, "utf8"), /^WEBVTT\n\n/);
  assert.ok(existsSync(out) && !existsSync(picture));
});

test("each level hears which words they are", async () => {
  const [silver, golden, none] = [
    await sing({ lyrics: "silver river" }),
    await sing({ lyrics: "golden mountain" }),
    await sing({}),
  ];
  for (const level of [0, 1, 2]) {
    assert.notDeepEqual(codesOf(silver, level), codesOf(golden, level), `level ${level}`);
    assert.notDeepEqual(codesOf(silver, level), codesOf(none, level), `level ${level}`);
  }
  assert.deepEqual(codesOf(await sing({ lyrics: "silver river" }), 0), codesOf(silver, 0));
});

test("without lyrics, or if it isn't wanted, no lines are told", async () => {
  for (const events of [await sing({}), await sing({ lyrics: "la la" }, { aligned: false })])
    assert.ok(!events.some(({ type }) => type === "alignment"));
});
