/** Melodies of composed songs, in the songs themselves and in copies that are known to keep or to lose them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readIndex, writeIndex } from "../../src/dataset/corpus-files.ts";
import { makeCorpus } from "../../src/dataset/make-corpus.ts";
import { measureMelodies } from "../../src/evaluation/melody-accuracy.ts";
import { createRandom } from "../../src/random.ts";
import { temporaryFolder } from "../support/folder.ts";

test("most notes are heard in songs and in faithful copies, few in noise, none where nothing was composed", async (t) => {
  const corpus = temporaryFolder(t);
  const valid = await makeCorpus(corpus, { seed: 2, songs: 3, secondsPerSong: 24, threads: 1 });
  const random = createRandom(1);
  const codecs = [
    { reconstruct: async (sound: Float32Array) => sound.map((sample) => sample / 2) },
    { reconstruct: async (sound: Float32Array) => sound.map(() => 2 * random.next() - 1) },
  ];
  const [songs, faithful, noise] = await measureMelodies({ corpus, valid, codecs, report: () => {} });
  assert.deepEqual([songs!.what, faithful!.what, faithful!.level, noise!.level], ["songs", "reconstructions", 0, 1]);
  assert.ok(songs!.notes > 60 && songs!.right.share > 0.8, JSON.stringify(songs));
  assert.deepEqual(faithful!.right, songs!.right);
  assert.ok(noise!.right.share < 0.3);
  const { plan: _, ...index } = readIndex(corpus)!;
  writeIndex(corpus, index);
  assert.deepEqual(await measureMelodies({ corpus, valid, codecs, report: () => {} }), []);
});
