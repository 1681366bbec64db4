/** Which sung lines are asked about, what of their sound is heard, and how answers are counted. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createWav } from "../../src/audio/wav.ts";
import type { CorpusSong } from "../../src/dataset/corpus-files.ts";
import { wordsPath } from "../../src/dataset/corpus-files.ts";
import { type SungWords, writeWords } from "../../src/dataset/sung-words.ts";
import { wilson } from "../../src/evaluation/accuracy.ts";
import { OFFERED } from "../../src/evaluation/singer-intelligibility.ts";
import { LineTally, linesOf, linesSung, recogniseLines, recogniserOf } from "../../src/evaluation/sung-lines.ts";
import { temporaryFolder } from "../support/folder.ts";

const sampleRate = 1000;

/** Each character is sung for a tenth of a second, from `start` on. */
const words = (lyrics: string, start: number): SungWords => ({
  lyrics,
  characters: Array.from(lyrics, (_, at) => [start + at / 10, start + (at + 1) / 10] as const),
  phones: [],
});

const song = (id: string, samples = 6000): CorpusSong => ({
  id,
  file: `${id}.wav`,
  artist: "The Sample Tones",
  genre: "rock",
  split: "valid",
  seconds: samples / sampleRate,
  samples,
  bpm: 120,
  tempo: 7,
  key: "C major",
  singer: "low",
  sections: [{ name: "end", bars: 1 }],
  seed: 1,
});

/** Sound that tells its own place: sample n is n / 10,000. */
function writeSong(folder: string, one: CorpusSong, lyrics: string, start: number): void {
  const wav = createWav(join(folder, one.file), sampleRate);
  wav.write(Float32Array.from({ length: one.samples }, (_, at) => at / 10_000));
  wav.close();
  writeWords(wordsPath(folder, one), words(lyrics, start));
}

test("lines have the times of their first and last characters", () => {
  assert.deepEqual(linesOf(words("oh my\nmoon\n\nso", 2)), [
    { text: "oh my", from: 2, to: 2.5 },
    { text: "moon", from: 2.6, to: 3 },
    { text: "so", from: 3.2, to: 3.4 },
  ]);
});

test("songs give a line in turn, each line once, and songs without a singer none", (t) => {
  const folder = temporaryFolder(t);
  const [a, b] = [song("a"), song("b")];
  writeSong(folder, a, "one\ntwo\none", 1);
  writeSong(folder, b, "three\none\nfour", 1);
  const { singer: _, ...silent } = song("c");
  const texts = (most: number) => linesSung(folder, [silent, a, b], most).map((line) => `${line.song.id} ${line.text}`);
  assert.deepEqual(texts(9), ["a one", "b three", "a two", "b four"]);
  assert.deepEqual(texts(3), ["a one", "b three", "a two"]);
});

test("each form of a line is heard where it is sung, among twenty lines", async (t) => {
  const folder = temporaryFolder(t);
  const one = song("a");
  writeSong(folder, one, "the moon\nthe sea", 2);
  const lines = linesSung(folder, [one], 9);
  const heard: number[][] = [];
  const recognises = recogniserOf(
    (sound, rate, offered) => {
      assert.deepEqual([rate, new Set(offered).size], [sampleRate, OFFERED]);
      heard.push([sound[0]!, sound.at(-1)!].map((value) => Math.round(value * 10_000)));
      return offered.indexOf("the sea");
    },
    sampleRate,
    lines.map(({ text }) => text),
  );
  const copied: number[] = [];
  const codec = {
    async reconstruct(sound: Float32Array) {
      copied.push(sound.length);
      return sound.map((value) => -value);
    },
  };
  const tally = new LineTally();
  await recogniseLines(lines, { corpus: folder, codecs: [codec], hop: 128, sampleRate, recognises }, tally);
  // "the moon": 2 … 2.8 s, with 0.1 s before and 0.15 s after it; the codec hears half a second more, in whole codes
  assert.deepEqual(heard.slice(0, 3), [
    [1900, 2949],
    [2949, 1900],
    [-1900, -2949],
  ]);
  assert.deepEqual(copied[0], Math.ceil(3300 / 128) * 128 - Math.floor(1500 / 128) * 128);
  assert.deepEqual(
    tally.found,
    ([{ what: "songs" }, { what: "backwards" }, { what: "reconstructions", level: 0 }] as const).map((form) => ({
      ...form,
      lines: 2,
      right: wilson(1 / 2, 2),
    })),
  );
});

test("a line that nobody knew of is offered too", () => {
  const recognises = recogniserOf((_, __, offered) => offered.indexOf("a new line"), sampleRate, ["an old line"]);
  assert.deepEqual(
    [recognises(new Float32Array(9), "a new line"), recognises(new Float32Array(9), "an old line")],
    [true, false],
  );
});
