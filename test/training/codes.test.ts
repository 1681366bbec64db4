/** Codes of a song: pieces say the same as one pass, and files are read as they were written. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createWav } from "../../src/audio/wav.ts";
import { UserError } from "../../src/errors.ts";
import { codebook, encode, encoderReach, type VqvaeSize } from "../../src/model/vqvae.ts";
import { declared } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { createEncoder, encodeCorpus, readCodes } from "../../src/training/codes.ts";
import { type CorpusSong, readCorpus, readSamples, writeIndex } from "../../src/training/corpus/files.ts";
import { goldenStore } from "../golden/weights.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noise, seeded } from "../support/random.ts";

const SIZE: VqvaeSize = {
  downsT: [1, 1],
  stridesT: [16, 2],
  embWidth: 4,
  lBins: [64, 64],
  width: 4,
  depth: 2,
  multipliers: [1, 1],
  mConv: 1,
  dilationGrowthRate: 3,
  reverseDecoderDilation: true,
};

const graph = new Graph();
const shapes = new Map<string, readonly number[]>();
for (const level of [0, 1]) {
  encode(level, graph.input(`sound.${level}`, "float32", [1, 1, 1024]), declared(graph, shapes), SIZE);
  codebook(level, declared(graph, shapes), SIZE);
}
const store = goldenStore(Object.fromEntries(shapes));

for (const level of [0, 1])
  for (const samples of [3000, 1024, 2048, 9000])
    test(`${samples} samples have the same codes of level ${level} in pieces and in one pass`, async () => {
      const sound = noise(samples, seeded(samples));
      const hop = [16, 32][level]!;
      const [whole, pieces] = [2 ** 14, 1024].map((piece) => createEncoder({ level, size: SIZE, store, piece }));
      const expected = await whole!.encode(sound);
      assert.equal(expected.length, Math.floor(samples / hop));
      assert.deepEqual(await pieces!.encode(sound), expected);
      assert.ok(new Set(expected).size > 5);
      await whole!.close();
      await pieces!.close();
    });

test("a code hears no further than the encoder's reach", async () => {
  const encoder = createEncoder({ level: 1, size: SIZE, store, piece: 2 ** 14 });
  const reach = encoderReach(1, SIZE);
  const sound = noise(4096, seeded(3));
  const before = await encoder.encode(sound);
  const at = 2048;
  const changed = sound.map((one, index) => (index < at ? one : -one));
  const after = await encoder.encode(changed);
  assert.deepEqual(after.subarray(0, (at - reach) / 32), before.subarray(0, (at - reach) / 32));
  assert.notDeepEqual(after.subarray(0, at / 32), before.subarray(0, at / 32));
  await encoder.close();
});

test("a corpus is encoded to files that are read back, and a song without codes is told", async (t) => {
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
  const options = { level: 1, size: SIZE, store };
  await encodeCorpus({ ...options, corpus: folder, out: join(folder, "codes") });
  const encoder = createEncoder(options);
  assert.deepEqual(
    readCodes(join(folder, "codes"), readCorpus(folder)[0]!, 1),
    await encoder.encode(readSamples(folder, song)),
  );
  await encoder.close();
  assert.throws(
    () => readCodes(join(folder, "codes"), song, 0),
    (error) => error instanceof UserError && /one has no codes of level 0/.test(error.message),
  );
});
