/** From torch's files to a folder to networks that sing: the original's very integers, in all forms that weights are kept in. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ImportBits } from "../../src/import/convert.ts";
import { describeModel, importParts } from "../../src/import/model.ts";
import type { ReleasedModel } from "../../src/import/released.ts";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import { decodeSpan, openDecoder } from "../../src/inference/decode.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { openPrior } from "../../src/inference/prior-sampler.ts";
import { openModelFolder, readModelConfig } from "../../src/model/folder.ts";
import { decoderSize, firstMusicId, lead } from "../../src/model/prior.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { labelsFor } from "../../src/song/labels-for.ts";
import { songFrom } from "../../src/song/song-from.ts";
import { type GoldenPrior, golden } from "../golden/weights.ts";
import { temporaryFolder } from "../support/folder.ts";
import { conditions, goldenPriors, greedy } from "../support/golden-priors.ts";
import { tinyModel } from "./tiny-model.ts";

const answers = JSON.parse(readFileSync(join(import.meta.dirname, "..", "golden", "checkpoints.json"), "utf8"));

/** Imports the fixtures as a model. */
async function imported(t: TestContext, model: ReleasedModel, bits: ImportBits): Promise<string> {
  const folder = temporaryFolder(t);
  const parts = await importParts({ model, folder, bits, from: join(import.meta.dirname, "fixtures") });
  await describeModel(model, folder, parts);
  await readModelConfig(folder);
  return folder;
}

/** What is known of a golden sequence: lyrics of a merged prior, and the first codes. */
function knownOf(name: string, codes: number): Int32Array {
  const { size } = goldenPriors.find((one) => one.name === name)!;
  const { lyrics, z } = golden<GoldenPrior>(name);
  const music = z.slice(0, codes).map((code) => code + firstMusicId(size));
  return Int32Array.from([...(lead(size) > 0 ? lyrics! : []), ...music]);
}

for (const top of ["sep_enc_dec", "single_enc_dec"] as const)
  for (const bits of [32, 16] as const)
    test(`a model with ${top} on top, imported in ${bits} bits and opened, draws the original's integers at each level`, async (t) => {
      const folder = await imported(t, tinyModel(top), bits);
      for (const [level, name] of ["upsampler", "upsampler", top].entries()) {
        const { config, store } = await openModelFolder(folder, level);
        assert.ok([...store.values()].every(({ slice }) => slice));
        const size = config.priors[level]!;
        const prior = await openPrior(store, size, { musicOnly: false });
        for (const [codes, expected] of [
          [0, answers[name].greedy],
          [10, answers[name].greedy_from_first10],
        ] as const) {
          const known = knownOf(name, codes);
          const prefilled = Math.floor(known.length / prior.block) * prior.block;
          const drawn = await greedy(prior, await prior.begin(conditions(size, golden(name))), known, prefilled);
          const music = drawn.slice(lead(size)).map((id) => Math.max(0, id - firstMusicId(size)));
          assert.deepEqual(music, expected, `level ${level} from ${codes}`);
        }
        await prior.close();
      }
    });

for (const bits of [8, 4] as const)
  test(`packed into ${bits} bits when it was imported, a prior draws what it draws when it is packed as it is loaded`, async (t) => {
    const [whole, packed] = [
      await imported(t, tinyModel("single_enc_dec"), 32),
      await imported(t, tinyModel("single_enc_dec"), bits),
    ];
    for (const [level, name] of [
      [0, "upsampler"],
      [2, "single_enc_dec"],
    ] as const) {
      const drawn: number[][] = [];
      for (const folder of [whole, packed]) {
        const { config, store } = await openModelFolder(folder, level);
        const size = config.priors[level]!;
        const loaded = new Map([...store].map(([tensor, { shape, data }]) => [tensor, { shape, data }]));
        const prior = await openPrior(folder === whole ? loaded : store, size, { bits, musicOnly: false });
        const window = await prior.begin(conditions(size, golden(name)));
        drawn.push(await greedy(prior, window, knownOf(name, 10), prior.block));
        await prior.close();
        assert.equal(drawn.at(-1)!.length, decoderSize(size).length);
      }
      assert.deepEqual(drawn[1], drawn[0], name);
    }
  });

test("the engine opens an imported folder that has no lists, and sings for nobody", async (t) => {
  const engine = await openEngine(await imported(t, tinyModel(), 4));
  try {
    const song = songFrom({ seconds: 0.03, seed: 3 }, engine.model);
    assert.deepEqual([song.artist, song.genre], ["unknown", "unknown"]);
    const codes = engine.codesIn(song.seconds).map(() => 0);
    const sampling = codes.map(() => ({ temperature: 1 }));
    for await (const event of engine.generate({ ...song, labels: labelsFor(song, engine.model), sampling }))
      if (event.type === "codes") codes[event.level]! += event.codes.length;
    assert.deepEqual(codes, engine.codesIn(song.seconds));
  } finally {
    await engine.close();
  }
});

test("the VQ-VAE of an imported folder makes the sound that its weights make", async (t) => {
  const folder = await imported(t, tinyModel(), 8);
  const { config, store } = await openModelFolder(folder, "vqvae");
  const eager = readSafetensors(join(folder, config.weights[0]!.file)).store;
  const codes = Uint16Array.from({ length: 12 }, (_, at) => (7 * at) % 16);
  for (const level of config.priors.keys()) {
    const sounds: Float32Array[] = [];
    for (const weights of [store, eager]) {
      const decoder = await openDecoder(weights, level, config.vqvae, {});
      sounds.push(await decodeSpan(decoder, new CodeBuffer(12, codes), 0, 12));
      await decoder.session.close();
    }
    assert.deepEqual(sounds[0], sounds[1]);
    assert.ok(sounds[0]!.some((sample) => Math.abs(sample) > 1e-3));
  }
});
