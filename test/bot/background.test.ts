/** The thread that thinks songs out and draws: the same answers as in this thread, and failures that are passed on. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { type Background, openBackground } from "../../src/bot/background.ts";
import { UserError } from "../../src/errors.ts";
import { readVocabulary } from "../../src/inference/vocabulary.ts";
import { readModelConfig } from "../../src/model/folder.ts";
import { drawWaveform } from "../../src/pictures/waveform.ts";
import { labelsFor } from "../../src/song/labels-for.ts";
import { songFrom } from "../../src/song/song-from.ts";
import type { Vocabulary } from "../../src/song/vocabulary.ts";

const garage = join(import.meta.dirname, "../../models/garage");
let vocabulary: Vocabulary;

before(async () => {
  vocabulary = await readVocabulary(garage, await readModelConfig(garage));
});

async function withBackground(use: (background: Background) => Promise<void>): Promise<void> {
  const background = openBackground(vocabulary);
  try {
    await use(background);
  } finally {
    await background.close();
  }
}

test("labels and pictures are those that this thread would make", () =>
  withBackground(async ({ labelsFor: inThread, waveform }) => {
    const songs = ["silver river\ncarry me home", "Привет, мир", "愛 7 don't blorptastic"].map((lyrics) =>
      songFrom({ lyrics, seconds: 30, seed: 3 }, vocabulary),
    );
    assert.deepEqual(
      await Promise.all(songs.map(inThread)),
      songs.map((song) => labelsFor(song, vocabulary)),
    );
    const peaks = Array.from({ length: 100 }, (_, at) => at / 100);
    assert.deepEqual(await waveform(peaks), drawWaveform(peaks));
  }));

test("a refusal keeps its words, and the thread goes on", () =>
  withBackground(async ({ labelsFor: inThread }) => {
    const endless = songFrom({ lyrics: `la ${"ab".repeat(1500)} la`, seed: 1 }, vocabulary);
    await assert.rejects(
      inThread(endless),
      (error) =>
        error instanceof UserError && /^I can't pronounce "(ab){10}…": it has 3000 letters/.test(error.message),
    );
    await assert.rejects(inThread({ ...endless, seed: -1 }), UserError);
    assert.ok((await inThread(songFrom({ lyrics: "la la", seed: 1 }, vocabulary))).lines);
  }));

test("what waits when the thread ends is told so", () =>
  withBackground(async (background) => {
    const waiting = background.labelsFor(songFrom({ lyrics: "la la", seed: 1 }, vocabulary));
    const refused = assert.rejects(waiting, /thread ended/);
    await background.close();
    await refused;
  }));
