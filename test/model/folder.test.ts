/** A model's folder: what is written comes back; what was tampered with is refused in a sentence, and nothing is built from it. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { UserError } from "../../src/errors.ts";
import {
  type ModelConfig,
  openModelFolder,
  partPrefix,
  readModelConfig,
  writeModelFolder,
} from "../../src/model/folder.ts";
import { writeSafetensors } from "../../src/model/safetensors.ts";
import { priorUses } from "../../src/model/shapes.ts";
import { verifyWeights } from "../../src/model/verify.ts";
import { temporaryFolder } from "../support/folder.ts";
import { tinyConfig, tinyStore } from "../support/model.ts";

const prior = { nCtx: 32, width: 16, depth: 3, heads: 2, attnOrder: 2, blocks: 4, mAttn: 0.5, mMlp: 2, bins: 8 };
const labels = { artists: 2, genres: 2, maxGenres: 1 };
const upper = { bins: 8, width: 8, depth: 2, dilationGrowth: 3, dilationCycle: 2, resScale: true, strides: [2] };
const config: Omit<ModelConfig, "weights"> = {
  name: "shed",
  sampleRate: 22_050,
  vqvae: {
    downsT: [1, 1],
    stridesT: [4, 2],
    embWidth: 4,
    lBins: [8, 8],
    width: 4,
    depth: 2,
    multipliers: [1, 1],
    mConv: 1,
    dilationGrowthRate: 3,
    reverseDecoderDilation: true,
  },
  priors: [
    { ...prior, labels, upper, addCondition: true, tied: false },
    { ...prior, labels, timing: { bins: 4, minSeconds: 1, maxSeconds: 31 }, addCondition: false, tied: false },
  ],
  hopFractions: [0.5, 0.5],
  temperatures: [1, 0.95],
  artists: ["unknown", "The Copper Owls"],
  genres: ["unknown", "jazz"],
  bands: [{ artist: "The Copper Owls", genre: "jazz" }],
  minSeconds: 1,
  maxSeconds: 30,
};

const metre = { ticksPerBar: 48, grain: 128, tempos: [6], keys: ["C major"], sections: ["end", "verse"] };
const moody = (change: object) => ({
  artist: "The Copper Owls",
  genre: "jazz",
  metre: {
    tempo: 6,
    keys: ["C major"],
    form: [["verse", 8, "soft"]],
    intro: ["intro", 4],
    moods: [{ mood: "dark", tempo: 6, keys: ["C major"] }],
    ...change,
  },
});

const one = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
const store = new Map([
  ["decoders.0.bias", one(1, 2, 3)],
  ["level_0.prior.bias", one(4, 5)],
  ["level_1.prior.bias", one(0.5)],
]);

async function written(t: TestContext): Promise<string> {
  const folder = join(temporaryFolder(t), "shed");
  await writeModelFolder(folder, config, store);
  return folder;
}

test("a written folder comes back: the config, and each part's weights under their released names", async (t) => {
  const folder = await written(t);
  const { weights, ...rest } = await readModelConfig(folder);
  assert.deepEqual(rest, config);
  assert.equal(weights.length, 1);
  assert.match(weights[0]!.sha256, /^[0-9a-f]{64}$/);
  const numbers = async (part: number | "vqvae") =>
    [...(await openModelFolder(folder, part)).store].map(([name, { data }]) => [name, ...data]);
  assert.deepEqual(await numbers("vqvae"), [["decoders.0.bias", 1, 2, 3]]);
  assert.deepEqual(await numbers(0), [["prior.bias", 4, 5]]);
  assert.deepEqual(await numbers(1), [["prior.bias", 0.5]]);
});

test("a model that counts along, with moods or without, is read as it was written", async (t) => {
  for (const change of [{ metre }, { metre: { ...metre, moods: ["dark"], dynamics: ["soft"] }, bands: [moody({})] }]) {
    const folder = await written(t);
    tamper(folder, (found) => Object.assign(found, change));
    const { weights: _, ...rest } = await readModelConfig(folder);
    assert.deepEqual(rest, { ...config, ...change });
  }
});

/** Changes config.json behind the writer's back. */
function tamper(folder: string, change: (config: Record<string, unknown>) => void): void {
  const path = join(folder, "config.json");
  const found = JSON.parse(readFileSync(path, "utf8"));
  change(found);
  writeFileSync(path, JSON.stringify(found));
}

const refused = (promise: Promise<unknown>, sentence: RegExp): Promise<void> =>
  assert.rejects(promise, (error) => error instanceof UserError && sentence.test(error.message));

const priors = (change: object) => config.priors.map((size) => ({ ...size, ...change }));
const lyrics = { tokens: 8, vocabulary: 79, lossFraction: 0.4 };
const encoder = { width: 8, depth: 1, heads: 1, attnOrder: 2, blocks: 2 };
const singing = (change: object) =>
  config.priors.map((size, at, all) => (at < all.length - 1 ? size : { ...size, ...change }));
const aligned = (alignment: object) => singing({ depth: 4, attnOrder: 6, lyrics: { ...lyrics, encoder }, alignment });
const file = { file: "x", bytes: 1, sha256: "0" };
const lies: readonly [string, object, RegExp][] = [
  ["no priors", { priors: "none" }, /priors is no list/],
  ["too many priors", { priors: Array(9).fill(config.priors[1]) }, /9 priors/],
  ["a name without end", { name: "x".repeat(101) }, /name/],
  ["a rate nobody hears", { sampleRate: 1 }, /sampleRate/],
  ["a hop for one level only", { hopFractions: [0.5] }, /hopFractions/],
  ["no way forward", { hopFractions: [0, 0.5] }, /hopFractions/],
  ["a frozen temperature", { temperatures: [1, -1] }, /temperatures/],
  ["artists that are numbers", { artists: [1, 2] }, /artists/],
  ["bands without genre", { bands: [{ artist: "The Copper Owls" }] }, /bands/],
  ["a mood without keys", { bands: [moody({ moods: [{ mood: "dark", tempo: 6 }] })] }, /bands/],
  [
    "chords that are numbers",
    { bands: [moody({ moods: [{ mood: "dark", tempo: 6, keys: ["A minor"], harmony: { verse: 7 } }] })] },
    /bands/,
  ],
  [
    "loudness that is a list",
    { bands: [moody({ moods: [{ mood: "dark", tempo: 6, keys: ["A minor"], loudness: ["soft"] }] })] },
    /bands/,
  ],
  ["an outro of no bars", { bands: [moody({ outro: ["outro", 0] })] }, /bands/],
  ["dynamics that are numbers", { metre: { ...metre, dynamics: [1] } }, /metre/],
  ["a range upside down", { minSeconds: 40 }, /minSeconds/],
  ["a song of a year", { maxSeconds: 1e9 }, /maxSeconds/],
  [
    "strides of another number than divisions",
    { vqvae: { ...config.vqvae, stridesT: [[4, 2], 2] } },
    /stridesT\[0\] is not 1/,
  ],
  ["no division at the finest level", { vqvae: { ...config.vqvae, downsT: [0, 1] } }, /downsT/],
  ["frames of a million codes", { vqvae: { ...config.vqvae, codesPerFrame: [1e6, 1] } }, /codesPerFrame .* at most 8/],
  [
    "a decoder without depths",
    { vqvae: { ...config.vqvae, decoders: [{ width: 4, depths: [] }, {}] } },
    /decoders\[0\]/,
  ],
  [
    "a coarsest level that reads one above",
    { vqvae: { ...config.vqvae, readsAbove: [false, true] } },
    /coarsest level can't read/,
  ],
  ["spectra without a width", { vqvae: { ...config.vqvae, spectral: [{ depth: 2 }, null] } }, /spectral\[0\]/],
  [
    "spectra in frames of four samples",
    { vqvae: { ...config.vqvae, spectral: [{ sampleRate: 22_050, width: 4, fineWidth: 4, depth: 2 }, null] } },
    /level 0 hears spectra/,
  ],
  ["a codebook for one level only", { vqvae: { ...config.vqvae, lBins: [8] } }, /lBins/],
  ["an enormous width", { priors: priors({ width: 2 ** 31 }) }, /width/],
  ["half a layer", { priors: priors({ depth: 1.5 }) }, /depth/],
  ["rows that don't fit", { priors: priors({ blocks: 5 }) }, /blocks/],
  ["heads that don't fit", { priors: priors({ heads: 3 }) }, /heads/],
  ["an unknown pattern of attention", { priors: priors({ attnOrder: 4 }) }, /attention order 4/],
  ["an alignment head without lyrics", { priors: priors({ alignment: { layer: 2, head: 0 } }) }, /no lyrics to align/],
  ["an alignment head that sees no lyrics", { priors: aligned({ layer: 2, head: 0 }) }, /sees no lyrics/],
  ["an alignment layer beyond the last", { priors: aligned({ layer: 4, head: 0 }) }, /none of its heads/],
  ["an alignment head of no layer", { priors: aligned({ head: 1 }) }, /none of its heads/],
  ["an alignment head beyond the last", { priors: aligned({ layer: 3, head: 2 }) }, /none of its heads/],
  ["a rule of names for one level only", { labelRules: ["own"] }, /labelRules/],
  ["a rule of names that nobody knows", { labelRules: config.priors.map(() => "v4") }, /labelRules/],
  ["characters that nobody knows", { lyricCharacters: "v9", priors: singing({ lyrics }) }, /lyricCharacters/],
  ["characters and no lyrics", { lyricCharacters: "v3" }, /no lyrics are read/],
  ["lyrics at every level", { priors: priors({ lyrics }) }, /another level/],
  ["lyrics without a size", { priors: singing({ lyrics: { ...lyrics, tokens: -1 } }) }, /lyrics has no sizes/],
  ["lyrics that are text", { priors: singing({ lyrics: "la" }) }, /lyrics has no sizes/],
  ["a whole loss too much", { priors: singing({ lyrics: { ...lyrics, lossFraction: 2 } }) }, /lossFraction/],
  [
    "an encoder without layers",
    { priors: singing({ lyrics: { ...lyrics, encoder: { ...encoder, depth: 0 } } }) },
    /depth/,
  ],
  ["an encoder that is none", { priors: singing({ lyrics: { ...lyrics, encoder: 1 } }) }, /encoder/],
  [
    "an encoder's rows that don't fit",
    { priors: singing({ lyrics: { ...lyrics, encoder: { ...encoder, blocks: 3 } } }) },
    /encoder's blocks/,
  ],
  [
    "an encoder of unknown attention",
    { priors: singing({ lyrics: { ...lyrics, encoder: { ...encoder, attnOrder: 4 } } }) },
    /attention order 4/,
  ],
  ["a file elsewhere", { weights: [{ ...file, file: "../secret" }] }, /weights.file/],
  ["a file without a size", { weights: [{ ...file, bytes: -1 }] }, /x has no size and checksum/],
  ["a file of a level too many", { weights: [{ ...file, part: 2 }] }, /x is of no part/],
  ["a file twice", { weights: [file, file] }, /a file twice/],
  ["one file and no list", { weights: file }, /no list of files/],
  ["no files", { weights: [] }, /no list of files/],
  ["bits that nobody packs", { bits: 5 }, /bits is not/],
];

for (const [says, change, sentence] of lies)
  test(`a config with ${says} is refused`, async (t) => {
    const folder = await written(t);
    tamper(folder, (found) => Object.assign(found, change));
    await refused(readModelConfig(folder), sentence);
    await refused(openModelFolder(folder, 0), sentence);
  });

test("weights that were cut short, or changed by one bit, are refused", async (t) => {
  const folder = await written(t);
  const path = join(folder, "weights.safetensors");
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
  await refused(readModelConfig(folder), /checksum/);
  truncateSync(path, bytes.length - 1);
  await refused(readModelConfig(folder), new RegExp(`${bytes.length - 1} bytes, not ${bytes.length}`));
  rmSync(path);
  await refused(readModelConfig(folder), /no weights\.safetensors that I may read/);
});

test("a large file is hashed once, until it changes, or until one asks for it", async (t) => {
  const folder = await written(t);
  const { weights } = await readModelConfig(folder);
  const hashed: string[] = [];
  const verify = (options = {}) =>
    verifyWeights(folder, weights, { large: 1, hashing: (file) => hashed.push(file), ...options });
  const path = join(folder, "weights.safetensors");
  const [then, later] = [new Date(1e12), new Date(1e12 + 5)];
  utimesSync(path, then, then);
  await verify();
  await verify();
  assert.deepEqual(hashed, ["weights.safetensors"]);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
  utimesSync(path, then, then);
  await verify(); // nothing tells that it is another
  await refused(verify({ anew: true }), /checksum/);
  await refused(verify({ large: bytes.length + 1 }), /checksum/);
  utimesSync(path, later, later);
  await refused(verify(), /checksum/);
  writeFileSync(join(folder, "verified.json"), "{");
  await refused(verify(), /checksum/);
});

test("a file of one part stays where it is; its tensors are found beside those of a file of all parts", async (t) => {
  const folder = await written(t);
  const config = await readModelConfig(folder);
  writeSafetensors(join(folder, "more"), new Map([["prior.more", one(7)]]));
  const more = { file: "more", bytes: 0, sha256: "0", part: 1 };
  tamper(folder, (found) => Object.assign(found, { weights: [...config.weights, more] }));
  const { store: found } = await openModelFolder(folder, 1);
  assert.deepEqual(
    [...found].map(([name, { data, slice }]) => [name, ...data, slice?.file]),
    [
      ["prior.bias", 0.5, undefined],
      ["prior.more", 7, "more"],
    ],
  );
  assert.deepEqual([...(await openModelFolder(folder, 0)).store.keys()], ["prior.bias"]);
});

test("compact weights come back in 8 bits where they are dense and in 16 where they are not, and are the same written again", async (t) => {
  const [folder, again] = [temporaryFolder(t), temporaryFolder(t)];
  const store = tinyStore();
  await writeModelFolder(folder, tinyConfig, store, { compact: true });
  const found = new Map((await openModelFolder(folder, "vqvae")).store);
  for (const [name, { data }] of found) assert.deepEqual(data, Float32Array.from(store.get(name)!.data, Math.f16round));
  for (const [level, size] of tinyConfig.priors.entries()) {
    const { dense } = priorUses(size);
    for (const [name, { data, shape }] of (await openModelFolder(folder, level)).store) {
      const full = partPrefix(level) + name;
      const before = store.get(full)!;
      assert.deepEqual(shape, before.shape);
      if (!dense.has(name)) assert.deepEqual(data, Float32Array.from(before.data, Math.f16round));
      else {
        const step = before.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 128;
        data.forEach((value, at) => {
          assert.ok(Math.abs(value - before.data[at]!) <= step, `${value} for ${before.data[at]}`);
        });
        assert.notDeepEqual(data, before.data);
      }
      found.set(full, { data, shape });
    }
  }
  assert.deepEqual([...found.keys()].sort(), [...store.keys()].sort());
  await writeModelFolder(again, tinyConfig, found, { compact: true });
  const bytes = (at: string) => readFileSync(join(at, "weights.safetensors"));
  assert.deepEqual(bytes(again), bytes(folder));
});

test("a packed layer of another shape than config.json has is refused", async (t) => {
  const folder = temporaryFolder(t);
  await writeModelFolder(folder, tinyConfig, tinyStore(), { compact: true });
  const priors = tinyConfig.priors.map((size) => ({ ...size, mMlp: 2 * size.mMlp }));
  tamper(folder, (found) => Object.assign(found, { priors }));
  await refused(openModelFolder(folder, 0), /level_0\..* is not packed as config\.json has it/);
});

test("a folder without a config, one that isn't JSON and an endless one are refused", async (t) => {
  const folder = await written(t);
  const path = join(folder, "config.json");
  writeFileSync(path, "{");
  await refused(readModelConfig(folder), /JSON/);
  writeFileSync(path, "null");
  await refused(readModelConfig(folder), /not an object/);
  writeFileSync(path, " ".repeat(2 ** 22 + 1));
  await refused(readModelConfig(folder), /4194305 bytes/);
  rmSync(path);
  await refused(readModelConfig(folder), /no config\.json that I may read/);
});
