/** Trains one level of the VQ-VAE from a corpus. */

import { readCorpus } from "../dataset/corpus-files.ts";
import { type Crops, createCrops } from "../dataset/crops.ts";
import { emphasise, magnitudes, norm } from "../model/losses.ts";
import { codebookName, encode, hopsOf, rowsOf } from "../model/vqvae.ts";
import { declared, type Store } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { mul, reshape } from "../onnx/ops.ts";
import { floats, floatsOf, ints, openSession, type Tensors } from "../onnx/session.ts";
import { createRandom, seedFor } from "../random.ts";
import { initialValues } from "./initial.ts";
import { type CodecTraining, ofSplit, trainCodec } from "./train-codec.ts";
import type { ValidationResult } from "./validation.ts";
import { runningNames, type VqvaePlan, vqvaeGraph } from "./vqvae-graph.ts";

export interface VqvaeTraining extends CodecTraining {
  readonly plan: VqvaePlan;
  /** Weights to begin with instead of random ones: this level's, of a VQ-VAE of the same size. */
  readonly from?: Store;
}

/**
 * Trains to the end of the plan and returns the last validation. Its
 * weights are not averaged, as a prior's are: in trials of 200 steps at a tiny size, averages of encoder, decoder and codebook
 * copied 0.1 and 0.3 dB worse.
 */
export async function trainVqvae(training: VqvaeTraining): Promise<ValidationResult> {
  const { level, size, plan, corpus } = training;
  const songs = readCorpus(corpus);
  const crops = createCrops(corpus, ofSplit(songs, true), plan, plan.seed);
  const { graph, shapes } = vqvaeGraph(level, size, plan, await measureBandwidth(crops, plan));
  return trainCodec(
    {
      graph,
      schedule: plan,
      recipe: { level, size, plan, songs: songs.length },
      first: () => firstState(shapes, crops, training),
      feeds: (step) => feedsFor(step, crops, training),
      weights: (store) => new Map([...store].filter(([name]) => shapes.has(name) || name === codebookName(level))),
      parts: ["recons", "spectral", "commit"],
      bins: size.lBins[level]!,
    },
    training,
  );
}

/** What a step learns from: crops, and the rows that unused codes start again from. Both follow from the step's number. */
function feedsFor(step: number, crops: Crops, { level, size, plan }: VqvaeTraining): Tensors {
  const { batch, samples } = plan;
  const rows = (batch * samples) / hopsOf(size)[level]!;
  const random = createRandom(seedFor(plan.seed + 1, step));
  const restarts = Int32Array.from({ length: size.lBins[level]! }, () => random.whole(0, rows - 1));
  return { sound: floats(crops(step), [batch, 1, samples]), restarts: ints(restarts, [restarts.length]) };
}

/** Variance, and norm of a clip's spectrum, of what the losses see (spec 2.3). */
export async function measureBandwidth(
  crops: Crops,
  plan: Pick<VqvaePlan, "batch" | "samples" | "steps" | "emphasis">,
): Promise<{ l2: number; spec: number }> {
  const { batch, samples } = plan;
  const graph = new Graph();
  const sound = emphasise(graph.input("sound", "float32", [batch, samples]), plan.emphasis);
  graph.output("squares", mul(sound, sound));
  graph.output("norms", norm(magnitudes(sound, { nFft: 2048, hop: 256, window: 1536 }), [1, 2]));
  const session = await openSession(graph);
  const mean = (numbers: Float32Array): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const found: { l2: number; spec: number }[] = [];
  for (let turn = 0; turn < BANDWIDTH_CROPS / batch; turn++) {
    const out = await session.run({ sound: floats(crops(plan.steps + turn), [batch, samples]) });
    found.push({ l2: mean(floatsOf(out, "squares")), spec: mean(floatsOf(out, "norms")) });
  }
  await session.close();
  const average = (pick: (one: { l2: number; spec: number }) => number): number => mean(Float32Array.from(found, pick));
  return { l2: average(({ l2 }) => l2), spec: average(({ spec }) => spec) };
}

const BANDWIDTH_CROPS = 64;

/** Weights by their names; the codebook is rows of real sound as the untrained encoder hears it (spec 2.2). */
async function firstState(
  shapes: ReadonlyMap<string, readonly number[]>,
  crops: Crops,
  training: VqvaeTraining,
): Promise<Store> {
  const { level, size, plan, from } = training;
  if (from) return begunState(from, training);
  const bins = size.lBins[level]!;
  const weights = initialValues(shapes, { seed: plan.seed });
  const rows = await encodedRows(weights, crops, training, 2 * bins);
  const random = createRandom(seedFor(plan.seed + 2, 0));
  const count = rows.length / size.embWidth;
  const k = new Float32Array(bins * size.embWidth);
  for (let code = 0; code < bins; code++) {
    const row = random.whole(0, count - 1);
    k.set(rows.subarray(row * size.embWidth, (row + 1) * size.embWidth), code * size.embWidth);
  }
  const { sums, counts } = runningNames(level);
  return new Map([
    ...weights,
    [codebookName(level), { shape: [bins, size.embWidth], data: k }],
    [sums, { shape: [bins, size.embWidth], data: k.slice() }],
    [counts, { shape: [bins], data: new Float32Array(bins).fill(1) }],
  ]);
}

/** Another training's weights; its codes count as if each had been used as often as the rest. */
function begunState(from: Store, { level, size, plan }: VqvaeTraining): Store {
  const bins = size.lBins[level]!;
  const shape = [bins, size.embWidth];
  const k = from.get(codebookName(level))!.data as Float32Array;
  const each = (plan.batch * plan.samples) / hopsOf(size)[level]! / bins; // rows of a code in a step
  const { sums, counts } = runningNames(level);
  return new Map([
    ...from,
    [codebookName(level), { shape, data: k.slice() }],
    [sums, { shape, data: k.map((one) => one * each) }],
    [counts, { shape: [bins], data: new Float32Array(bins).fill(each) }],
  ]);
}

/** At least so many rows, from crops no step will hear. */
async function encodedRows(
  weights: Store,
  crops: Crops,
  { level, size, plan }: VqvaeTraining,
  least: number,
): Promise<Float32Array> {
  const { batch, samples } = plan;
  const graph = new Graph();
  const sound = graph.input("sound", "float32", [batch, 1, samples]);
  const shapes = new Map<string, readonly number[]>();
  graph.output("rows", reshape(rowsOf(encode(level, sound, declared(graph, shapes), size)), [-1]));
  const session = await openSession(graph);
  const known = Object.fromEntries([...shapes].map(([name, shape]) => [name, floats(weights.get(name)!.data, shape)]));
  const perTurn = (batch * samples * size.embWidth) / hopsOf(size)[level]!;
  const turns = Math.ceil((least * size.embWidth) / perTurn);
  const found = new Float32Array(turns * perTurn);
  for (let turn = 0; turn < turns; turn++) {
    const feed = { sound: floats(crops(plan.steps + turn), [batch, 1, samples]) };
    found.set(floatsOf(await session.run({ ...known, ...feed }), "rows"), turn * perTurn);
  }
  await session.close();
  return found;
}
