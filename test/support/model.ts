/** A tiny model with random weights: the real networks and folders, small enough to run in a test. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ModelConfig, partPrefix, writeModelFolder } from "../../src/model/folder.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import { priorShapes, vqvaeShapes } from "../../src/model/shapes.ts";
import type { Store, StoredTensor } from "../../src/model/weights.ts";
import { momentTables } from "../../src/music/metre.ts";
import { allPhones } from "../../src/singing/phones.ts";
import { initialValues } from "../../src/training/initial.ts";
import { listFiles } from "./lists.ts";
import { moodyMetre, withMoods } from "./moods.ts";

const prior = {
  width: 32,
  depth: 3,
  heads: 2,
  attnOrder: 2,
  mAttn: 0.5,
  mMlp: 1,
  bins: 32,
  addCondition: true,
  tied: true,
  labels: { artists: 3, genres: 3, maxGenres: 1 },
};
const upper = { bins: 32, width: 16, depth: 2, dilationGrowth: 3, dilationCycle: 2, resScale: true };

export const tinyConfig: Omit<ModelConfig, "weights"> = {
  name: "tiny",
  sampleRate: 22_050,
  vqvae: {
    downsT: [1, 1, 1],
    stridesT: [16, 4, 2],
    embWidth: 8,
    lBins: [32, 32, 32],
    width: 8,
    depth: 2,
    multipliers: [1, 1, 1],
    mConv: 1,
    dilationGrowthRate: 3,
    reverseDecoderDilation: true,
  },
  priors: [
    { ...prior, nCtx: 256, blocks: 8, upper: { ...upper, strides: [4] } },
    { ...prior, nCtx: 128, blocks: 8, upper: { ...upper, strides: [2] } },
    { ...prior, nCtx: 128, blocks: 8, timing: { bins: 16, minSeconds: 3, maxSeconds: 1000 } },
  ] satisfies PriorSize[],
  hopFractions: [0.5, 0.5, 0.25],
  temperatures: [1, 1, 1],
  artists: ["unknown", "The Sample Tones", "The Random Walks"],
  genres: ["unknown", "noise", "hiss"],
  bands: [
    { artist: "The Sample Tones", genre: "noise" },
    { artist: "The Random Walks", genre: "hiss" },
  ],
  minSeconds: 1,
  maxSeconds: 900,
};

/** The same with the labels of a released model: v3 on top, v2 below, and lyrics in front of the top's codes. */
export const singingConfig: Omit<ModelConfig, "weights"> = {
  ...tinyConfig,
  name: "singing",
  priors: tinyConfig.priors.map((size, level) =>
    level === 2
      ? {
          ...size,
          nCtx: 120,
          labels: { artists: 7898, genres: 604, maxGenres: 1 },
          lyrics: { tokens: 24, vocabulary: 79, lossFraction: 0.4 }, // rows of 18: the border is in the middle of one
        }
      : { ...size, labels: { artists: 4111, genres: 120, maxGenres: 5 } },
  ),
  artists: [],
  genres: [],
  bands: [],
  labelRules: ["v2", "v2", "v3"],
  lyricCharacters: "v3",
};

/** The same, told of beats, parts, keys and what is sung; one of its bands has a singer. */
export const toldConfig: Omit<ModelConfig, "weights"> = (() => {
  const metre = { ticksPerBar: 48, grain: 128, tempos: [8], keys: ["C major"], sections: ["verse"], phones: allPhones };
  const tables = momentTables(metre);
  const playing = { tempo: 8, keys: ["C major"], form: [["verse", 4]] as const };
  return {
    ...tinyConfig,
    name: "told",
    metre,
    bands: tinyConfig.bands.map((band, index) => ({
      ...band,
      metre: { ...playing, ...(index === 0 && { sings: true }) },
    })),
    priors: tinyConfig.priors.map((size, level) => ({
      ...size,
      moments: level === 2 ? tables : tables.filter(({ name }) => name === "phone"),
    })),
  };
})();

/** Codebooks have no first values of their own: training takes them from its first batch. */
function tinyVqvae(seed: number): Store {
  const shapes = [...vqvaeShapes(tinyConfig.vqvae)];
  const books = shapes.filter(([name]) => name.endsWith(".k"));
  const values = (_: unknown, i: number): number => Math.fround(Math.sin(seed + 12.9898 * i));
  const codebooks = books.map(
    ([name, shape]) => [name, { shape, data: Float32Array.from({ length: shape[0]! * shape[1]! }, values) }] as const,
  );
  return new Map<string, StoredTensor>([
    ...initialValues(new Map(shapes.filter((one) => !books.includes(one))), { seed }),
    ...codebooks,
  ]);
}

/** Random weights, strong enough that different labels and seeds give different codes. */
export function tinyStore(seed = 1, { priors: sizes } = tinyConfig): Store {
  const named = (prefix: string, store: Store): [string, { shape: readonly number[]; data: Float32Array }][] =>
    [...store].map(([name, tensor]) => [prefix + name, tensor]);
  const priors = sizes.flatMap((size, level) =>
    named(partPrefix(level), initialValues(priorShapes(size), { seed: seed + level, scale: 8 })),
  );
  return new Map([...named("", tinyVqvae(seed)), ...priors]);
}

/** Writes the tiny model to a folder. */
export const writeTinyModel = (folder: string): Promise<void> => writeModelFolder(folder, tinyConfig, tinyStore());

/** Writes the told model to a folder; what it is told weighs as much as its codes do. */
export async function writeToldModel(folder: string): Promise<void> {
  const store = [...tinyStore(1, toldConfig)].map(([name, tensor]) => {
    if (!name.includes("y_emb.moment.")) return [name, tensor] as const;
    return [name, { ...tensor, data: Float32Array.from(tensor.data, (value) => 50 * value) }] as const;
  });
  await writeModelFolder(folder, toldConfig, new Map(store));
}

/** The same, but its top prior counts along and knows moods and dynamics. */
export async function writeMoodyModel(folder: string): Promise<void> {
  const moments = momentTables(moodyMetre);
  const priors = tinyConfig.priors.map((size, level) => (level === 2 ? { ...size, moments } : size));
  const config = { ...withMoods(tinyConfig), name: "moody", priors };
  await writeModelFolder(folder, config, tinyStore(1, config));
}

/** Writes the singing model to a folder, with its name lists. */
export async function writeSingingModel(folder: string): Promise<void> {
  await writeModelFolder(folder, singingConfig, tinyStore(1, singingConfig));
  await mkdir(join(folder, "vocabulary"));
  for (const [name, text] of Object.entries(listFiles)) await writeFile(join(folder, "vocabulary", name), text);
}
