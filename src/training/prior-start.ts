/** What a prior starts from: the spec's random values, but embeddings that already know which code follows which. */
import type { Store } from "../model/weights.ts";
import { type Bigram, logBigram, unigram } from "./bigram.ts";
import { initialValues } from "./initial.ts";
import { lowRank } from "./lowrank.ts";
import type { PriorRecipe } from "./prior.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/** How much of the product the code embeddings take, the rest is the output matrix's: at 0.1 they drown labels and positions. */
const EMBEDDING = 0.03;
const SPREAD = 20; // pairs a code is believed to have been followed by before any were counted

/**
 * With an output matrix of its own, a prior's first logits are close to the log-bigram of its training codes. What another
 * model knows already is taken from it: whole tensors, and the first rows of tables that have grown.
 */
export async function firstValues(shapes: Shapes, recipe: PriorRecipe, counts: Bigram, known?: Store): Promise<Store> {
  const { size, seed } = recipe;
  const values = new Map(initialValues(shapes, { seed }));
  if (!size.tied && !known) for (const [name, value] of await knowingBigram(recipe, counts)) values.set(name, value);
  for (const [name, { shape, data }] of values) {
    const old = known?.get(name);
    if (old && old.shape.slice(1).join() === shape.slice(1).join() && old.shape[0]! <= shape[0]!)
      (data as Float32Array).set(old.data);
  }
  return values;
}

/**
 * The residual stream carries the embedding of the code before straight to the output: x_emb · x_outᵀ is made the closest
 * product to the log-bigram, where codes weigh as much as they are frequent.
 */
async function knowingBigram({ size: { bins, width }, seed }: PriorRecipe, counts: Bigram): Promise<Store> {
  const table = logBigram(counts, SPREAD);
  const weight = unigram(counts).map(Math.sqrt);
  for (let at = 0; at < table.length; at++) table[at]! *= weight[Math.floor(at / bins)]! * weight[at % bins]!;
  const { left, right } = await lowRank(table, bins, width, seed);
  const scale = EMBEDDING * Math.sqrt(bins);
  for (let at = 0; at < left.length; at++) {
    const w = weight[Math.floor(at / width)]!;
    left[at]! *= scale / w;
    right[at]! /= scale * w;
  }
  const shape = [bins, width];
  return new Map([
    ["prior.x_emb.weight", { shape, data: left }],
    ["prior.x_out.weight", { shape, data: right }],
  ]);
}
