/**
 * A model made by hand whose top prior attends to known places: at each time to the one character that a plan names. Its
 * music is noise. All layers leave what they read as it is; the alignment layer's queries are the time's character, its keys
 * the characters that the lyrics' positions have read.
 */
import { idsOf, toIds } from "../../src/lyrics/characters.ts";
import { type ModelConfig, partPrefix } from "../../src/model/folder.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import { priorShapes, vqvaeShapes } from "../../src/model/shapes.ts";
import type { Store, StoredTensor } from "../../src/model/weights.ts";
import { initialValues } from "../../src/training/initial.ts";

/** Each character but blanks is there once: what is attended to is a character, wherever it stands. */
export const text = "The quick BROWN\nFX jmps\nvLAZY dg\n0 12 34\n56-789.";

const maxSeconds = 16;
const bins = 128;
/** Seconds that the plan can tell apart. */
export const binSeconds = maxSeconds / bins;

const ids = idsOf("v3");
const shared = {
  heads: 1,
  blocks: 8,
  mMlp: 1,
  bins: 16,
  addCondition: true,
  tied: true,
  labels: { artists: 2, genres: 2, maxGenres: 1 },
};
const top = { ...shared, timing: { bins, minSeconds: 1, maxSeconds } };
const lyrics = { tokens: 24, vocabulary: ids, lossFraction: 0.4 };

/** A prior with an encoder of its own (the alignment layer is of func 6), and one that reads lyrics and music as one (func 7). */
export const attentiveSizes: Readonly<Record<"separate" | "merged", PriorSize>> = {
  separate: {
    ...top,
    nCtx: 64,
    width: 80,
    mAttn: 1,
    depth: 4,
    attnOrder: 6,
    lyrics: { ...lyrics, encoder: { width: 80, depth: 1, heads: 1, attnOrder: 2, blocks: 4 } },
    alignment: { layer: 3, head: 0 },
  },
  merged: {
    ...top,
    nCtx: 72,
    width: 160,
    mAttn: 0.5,
    depth: 16,
    attnOrder: 12,
    lyrics,
    alignment: { layer: 15, head: 0 },
  },
};

export const attentiveConfig = (kind: keyof typeof attentiveSizes): Omit<ModelConfig, "weights"> => ({
  name: "attentive",
  sampleRate: 8000,
  vqvae: {
    downsT: [1, 1],
    stridesT: [32, 4],
    embWidth: 4,
    lBins: [16, 16],
    width: 4,
    depth: 2,
    multipliers: [1, 1],
    mConv: 1,
    dilationGrowthRate: 3,
    reverseDecoderDilation: true,
  },
  priors: [
    {
      ...shared,
      width: 16,
      mAttn: 0.5,
      depth: 3,
      attnOrder: 2,
      nCtx: 64,
      upper: { bins: 16, width: 8, depth: 2, dilationGrowth: 3, dilationCycle: 2, resScale: true, strides: [4] },
    },
    attentiveSizes[kind],
  ],
  hopFractions: [0.5, 0.5],
  temperatures: [1, 1],
  artists: ["unknown", "The Copper Owls"],
  genres: ["unknown", "jazz"],
  bands: [{ artist: "The Copper Owls", genre: "jazz" }],
  lyricCharacters: "v3",
  minSeconds: 1,
  maxSeconds: maxSeconds - 1,
});

/** When each character is sung, in bins: two or three a character, a pause between lines. NaN for blanks. */
export function planOf(lyrics: string): number[] {
  let bin = 6;
  return Array.from(lyrics, (character, at) => {
    if (character === "\n") bin += 4;
    if (character.trim() === "") return Number.NaN;
    const here = bin;
    bin += at % 3 === 0 ? 3 : 2;
    return here;
  });
}

/** The bin behind the last character's. */
const endOf = (plan: readonly number[], at: number): number =>
  plan.slice(at + 1).find((bin) => !Number.isNaN(bin)) ?? plan[at]! + 2;

/** All weights of a model that sings the text by the plan. */
export function attentiveStore(kind: keyof typeof attentiveSizes): Store {
  const config = attentiveConfig(kind);
  const named = (prefix: string, store: Store): [string, StoredTensor][] =>
    [...store].map(([name, tensor]) => [prefix + name, tensor]);
  const shapes = [...vqvaeShapes(config.vqvae)];
  const books = shapes.filter(([name]) => name.endsWith(".k"));
  const codebooks = books.map(([name, shape]): [string, StoredTensor] => [
    name,
    { shape, data: Float32Array.from({ length: 64 }, (_, i) => Math.sin(12.9898 * i)) },
  ]);
  return new Map([
    ...initialValues(new Map(shapes.filter((one) => !books.includes(one))), { seed: 3 }),
    ...codebooks,
    ...named(partPrefix(0), initialValues(priorShapes(config.priors[0]!), { seed: 4, scale: 8 })),
    ...named(partPrefix(1), attentivePrior(kind)),
  ]);
}

/** The top prior's own weights, by their names in its store. */
export function attentivePrior(kind: keyof typeof attentiveSizes): Store {
  const size = attentiveSizes[kind];
  const store = new Map(
    [...priorShapes(size)].map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((all, dim) => all * dim, 1));
      if (/(^|[._])ln(_\d)?\.weight$/.test(name)) data.fill(1);
      return [name, { shape, data }];
    }),
  );
  const set = (name: string, row: number, column: number, value = 1): void => {
    const { shape, data } = store.get(name)!;
    data[row * shape.at(-1)! + column] = value;
  };
  const inner = size.mAttn * size.width;
  const query = kind === "merged" ? inner : 0; // in a merged prior, what is looked for has numbers of its own
  const { layer } = size.alignment!;
  const attention = `prior.transformer._attn_mods.${layer}.attn`;
  for (let id = 0; id < ids; id++) {
    set(`${attention}.c_attn.w`, query + id, id);
    if (kind === "merged") set(`${attention}.c_attn.w`, id, inner + id);
    else {
      set(`${attention}.c_enc_kv.w`, id, id);
      set("prime_state_proj.w", id, id);
    }
    if (id > 0) set(kind === "merged" ? "prior.x_emb.weight" : "prime_prior.x_emb.weight", id, id);
  }
  const plan = planOf(text);
  for (const [at, id] of toIds(text, "v3").entries())
    for (let bin = plan[at]!; bin < endOf(plan, at) && bin < plan[at]! + 3; bin++)
      set("y_emb.absolute_pos_emb.emb.weight", bin, query + id);
  return store;
}
