/** Encoding a corpus to files, and reading them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createWav } from "../../src/audio/wav.ts";
import { type CorpusSong, readCorpus, readSamples, writeIndex } from "../../src/dataset/corpus-files.ts";
import { encodeCorpus, readSongCodes } from "../../src/dataset/encode-corpus.ts";
import { UserError } from "../../src/errors.ts";
import { createEncoder } from "../../src/inference/encode.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noise, seeded } from "../support/random.ts";
import { smallVqvae, smallVqvaeStore as store } from "../support/small-vqvae.ts";

test("the codes of an encoded corpus are read back, and a song without codes is refused by name", async (t) => {
  const folder = temporaryFolder(t);
  const song: CorpusSong = {
    id: "one",
    file: "one.wav",
    artist: "A",
    genre: "jazz",
    split: "train",
    seconds: 1,
    samples: 3000,
    bpm: 1,
    tempo: 6,
    key: "C",
    sections: [{ name: "end", bars: 1 }],
    seed: 1,
  };
  const wav = createWav(join(folder, "one.wav"), 8000);
  wav.write(noise(3000, seeded(8)));
  wav.close();
  writeIndex(folder, { version: 1, plan: { seed: 1, songs: 1, secondsPerSong: 1 }, sampleRate: 8000, songs: [song] });
  const options = { level: 1, size: smallVqvae, store };
  await encodeCorpus({ ...options, corpus: folder, out: join(folder, "codes") });
  const encoder = createEncoder(options);
  assert.deepEqual(
    readSongCodes(join(folder, "codes"), readCorpus(folder)[0]!, 1),
    await encoder.encode(readSamples(folder, song)),
  );
  await encoder.close();
  assert.throws(
    () => readSongCodes(join(folder, "codes"), song, 0),
    (error) => error instanceof UserError && /one has no codes of level 0/.test(error.message),
  );
});
