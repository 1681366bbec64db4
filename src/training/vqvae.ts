/** Trains one level of the VQ-VAE from a corpus. */

import { readCorpus } from "../dataset/corpus-files.ts";
import { type Crops, createCrops } from "../dataset/crops.ts";
import { quantise, rowsOf } from "../model/frames.ts";
import { codebookName, codesPerFrame, decode, encode, isSpectral, vectorsAbove } from "../model/vqvae.ts";
import { declared, type Store, stored } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { reshape, sub } from "../onnx/ops.ts";
import { floats, floatsOf, ints, openSession, type Tensors } from "../onnx/session.ts";
import { createRandom, seedFor } from "../random.ts";
import { initialValues } from "./initial.ts";
import { type CodecTraining, ofSplit, trainCodec } from "./train-codec.ts";
import type { ValidationResult } from "./validation.ts";
import { framesOf, runningNames, type VqvaePlan, vqvaeGraph } from "./vqvae-graph.ts";

export interface VqvaeTraining extends CodecTraining {
  readonly plan: VqvaePlan;
  /** Weights to begin with instead of random ones: this level's, of a VQ-VAE of the same size. */
  readonly from?: Store;
  /** The level above, where this one reads it. */
  readonly above?: Store;
}

/**
 * Trains to the end of the plan and returns the last validation. Its
 * weights are not averaged, as a prior's are: in trials of 200 steps at a tiny size, averages of encoder, decoder and codebook
 * copied 0.1 and 0.3 dB worse.
 */
export async function trainVqvae(training: VqvaeTraining): Promise<ValidationResult> {
  const { level, size, plan, corpus, above } = training;
  const songs = readCorpus(corpus);
  const crops = createCrops(corpus, ofSplit(songs, true), plan, plan.seed);
  const { graph, shapes, parts } = vqvaeGraph(training, plan);
  const unlearned = soundOfSpectra(training);
  return trainCodec(
    {
      graph,
      schedule: plan,
      recipe: { level, size, plan, songs: songs.length },
      first: () => firstState(shapes, crops, training),
      feeds: (step) => feedsFor(step, crops, training),
      weights: (store) => {
        const learned = [...store].filter(([name]) => shapes.has(name) || name === codebookName(level));
        return new Map([...unlearned, ...learned]);
      },
      ...(above && { fixed: above }),
      parts,
      bins: size.lBins[level]! * codesPerFrame(level, size),
    },
    training,
  );
}

/** First weights of the part of a level's decoder that makes sound of spectra, which is learned afterwards. */
function soundOfSpectra({ level, size, plan }: VqvaeTraining): Store {
  if (!isSpectral(level, size)) return new Map();
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  decode(level, graph.input("vectors", "float32", [1, size.embWidth, 4]), declared(graph, shapes), size);
  const own = [...shapes].filter(([name]) => name.startsWith(`decoders.${level}.sound.`));
  return initialValues(new Map(own), { seed: plan.seed });
}

/** What a step learns from: crops, and the rows that unused codes start again from. Both follow from the step's number. */
function feedsFor(step: number, crops: Crops, { level, size, plan }: VqvaeTraining): Tensors {
  const { batch, samples } = plan;
  const bins = size.lBins[level]!;
  const frames = framesOf({ level, size }, plan);
  const random = createRandom(seedFor(plan.seed + 1, step));
  const restarts = Int32Array.from({ length: bins * codesPerFrame(level, size) }, (_, code) => {
    const place = Math.floor(code / bins);
    return place * frames + random.whole(0, frames - 1);
  });
  return { sound: floats(crops(step), [batch, 1, samples]), restarts: ints(restarts, [restarts.length]) };
}

/** Weights by their names; a codebook is rows of real sound as the untrained encoder and the codebooks before it leave them (spec 2.2). */
async function firstState(
  shapes: ReadonlyMap<string, readonly number[]>,
  crops: Crops,
  training: VqvaeTraining,
): Promise<Store> {
  const { level, size, plan, from } = training;
  if (from) return begunState(from, training);
  const { embWidth } = size;
  const bins = size.lBins[level]!;
  const all = bins * codesPerFrame(level, size);
  const weights = initialValues(shapes, { seed: plan.seed });
  const random = createRandom(seedFor(plan.seed + 2, 0));
  const k = new Float32Array(all * embWidth);
  for (let first = 0; first < all; first += bins) {
    const rows = await rowsLeft(weights, k.subarray(0, first * embWidth), crops, training);
    const count = rows.length / embWidth;
    for (let code = first; code < first + bins; code++) {
      const row = random.whole(0, count - 1);
      k.set(rows.subarray(row * embWidth, (row + 1) * embWidth), code * embWidth);
    }
  }
  const { sums, counts } = runningNames(level);
  return new Map([
    ...weights,
    [codebookName(level), { shape: [all, embWidth], data: k }],
    [sums, { shape: [all, embWidth], data: k.slice() }],
    [counts, { shape: [all], data: new Float32Array(all).fill(1) }],
  ]);
}

/** Another training's weights; its codes count as if each had been used as often as the rest. */
function begunState(from: Store, { level, size, plan }: VqvaeTraining): Store {
  const bins = size.lBins[level]!;
  const all = bins * codesPerFrame(level, size);
  const shape = [all, size.embWidth];
  const k = from.get(codebookName(level))!.data as Float32Array;
  const each = framesOf({ level, size }, plan) / bins; // rows of a code in a step
  const { sums, counts } = runningNames(level);
  return new Map([
    ...from,
    [codebookName(level), { shape, data: k.slice() }],
    [sums, { shape, data: k.map((one) => one * each) }],
    [counts, { shape: [all], data: new Float32Array(all).fill(each) }],
  ]);
}

/** Rows of crops that no step hears, less what the codebooks so far say of them: twice as many as a codebook has codes. */
async function rowsLeft(
  weights: Store,
  books: Float32Array,
  crops: Crops,
  training: VqvaeTraining,
): Promise<Float32Array> {
  const { level, size, plan } = training;
  const { batch, samples } = plan;
  const { embWidth } = size;
  const bins = size.lBins[level]!;
  const graph = new Graph();
  const sound = graph.input("sound", "float32", [batch, 1, samples]);
  const above = vectorsAbove(level, sound, stored(graph, training.above ?? new Map()), size);
  const rows = rowsOf(encode(level, sound, stored(graph, weights), size, above));
  const places = books.length / embWidth / bins;
  const k = places > 0 ? graph.constant("float32", [places * bins, embWidth], books) : undefined;
  const last = k && quantise(rows, k, places).at(-1);
  graph.output("rows", reshape(last ? sub(last.rows, last.vectors) : rows, [-1]));
  const session = await openSession(graph);
  const perTurn = framesOf({ level, size }, plan) * embWidth;
  const turns = Math.ceil((2 * bins * embWidth) / perTurn);
  const found = new Float32Array(turns * perTurn);
  for (let turn = 0; turn < turns; turn++) {
    const feed = { sound: floats(crops(plan.steps + turn), [batch, 1, samples]) };
    found.set(floatsOf(await session.run(feed), "rows"), turn * perTurn);
  }
  await session.close();
  return found;
}
