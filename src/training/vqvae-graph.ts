/** One level's training step as one graph: sound to codes and back, losses, gradients, Adam and the codebook's own step. */

import { type CodebookState, countCodes, restartThreshold, updateCodebook } from "../model/codebook.ts";
import { swapTime } from "../model/convolution.ts";
import { type CodeStage, quantise, rowsOf } from "../model/frames.ts";
import { commitLoss } from "../model/losses.ts";
import {
  codebookName,
  codesPerFrame,
  decode,
  encode,
  hopsOf,
  isSpectral,
  spectraOfLevel,
  type VqvaeSize,
  vectorsAbove,
} from "../model/vqvae.ts";
import { declared, type Store, stored } from "../model/weights.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { add, cast, concat, greaterOrEqual, log, mul, neg, reshape, stopGradient, sub, sum } from "../onnx/ops.ts";
import { type AdamOptions, descend } from "../onnx/optimizer.ts";
import { type ComparisonPlan, compare, compareSpectra } from "./comparison.ts";
import type { CodecSchedule } from "./train-codec.ts";

/** How one level is trained; all of it decides the result, together with the corpus. */
export interface VqvaePlan extends CodecSchedule {
  readonly seed: number;
  /** Decibels that crops are made quieter by chance, at most, and as often turned upside down. As they are if left out. */
  readonly quieter?: number;
  readonly comparison: ComparisonPlan;
  readonly commit: number;
  /** How much of the codebook's running numbers stays each step. */
  readonly mu: number;
  readonly adam?: AdamOptions;
}

export interface LevelTraining {
  readonly level: number;
  readonly size: VqvaeSize;
  readonly sampleRate: number;
  /** The level above, where this one reads it: it has learned already, and stays as it is. */
  readonly above?: Store;
}

export interface VqvaeGraph {
  readonly graph: Graph;
  /** Shapes of the trained weights; codebook and its sums are not among them. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Names of the outputs that the loss is made of. */
  readonly parts: readonly string[];
}

/** Names of a codebook's running sums and numbers in a checkpoint. */
export const runningNames = (level: number): { sums: string; counts: string } => ({
  sums: `${codebookName(level)}_sum`,
  counts: `${codebookName(level)}_elem`,
});

/** Frames of a step. */
export const framesOf = (
  { level, size }: Pick<LevelTraining, "level" | "size">,
  { batch, samples }: CodecSchedule,
): number => (batch * samples) / hopsOf(size)[level]!;

/** Feeds: `sound` [batch, 1, samples] and `restarts` int32 [codes], rows that unused codes start again from. */
export function vqvaeGraph(training: LevelTraining, plan: VqvaePlan): VqvaeGraph {
  const { level, size, sampleRate } = training;
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const weights = declared(graph, shapes);
  const { batch, samples } = plan;
  const sound = graph.input("sound", "float32", [batch, 1, samples]);
  const above = vectorsAbove(level, sound, stored(graph, training.above ?? new Map()), size);
  const book = codebookInputs(graph, level, size);

  const rows = rowsOf(encode(level, sound, weights, size, above)); // [frames, embWidth]
  const stages = quantise(rows, book.k, codesPerFrame(level, size));
  const vectors = stages.map((stage) => stage.vectors).reduce((all, one) => add(all, one));
  const straight = add(rows, stopGradient(sub(vectors, rows))); // gradients pass as if nothing had been rounded
  const perClip = swapTime(reshape(straight, [batch, -1, size.embWidth]));
  const compared = isSpectral(level, size)
    ? spectraCompared(level, { sound, vectors: perClip, above }, weights, size)
    : compare(mono(sound), mono(decode(level, perClip, weights, size, { above })), plan.comparison, sampleRate);
  const commit = stages.map((stage) => commitLoss(stage.rows, stage.vectors)).reduce((all, one) => add(all, one));
  const loss = add(compared.loss, mul(commit, plan.commit));

  descend(loss, shapes, plan.adam);
  learnCodes(training, plan, book, stages);
  const parts = { ...compared.parts, commit };
  for (const [name, value] of Object.entries({ loss, ...parts })) graph.output(name, value);
  return { graph, shapes, parts: Object.keys(parts) };
}

/** [batch, 1, samples] to [batch, samples] */
const mono = (sound: Value): Value => reshape(sound, [sound.shape[0] as number, -1]);

/** A level of spectra learns its codes by what it hears alone: its sound is learned afterwards, at ten times the cost. */
function spectraCompared(...[level, values, weights, size]: Parameters<typeof spectraOfLevel>) {
  const { heard, told } = spectraOfLevel(level, values, weights, size);
  return compareSpectra(stopGradient(heard), told);
}

function codebookInputs(graph: Graph, level: number, size: VqvaeSize): CodebookState {
  const [codes, width] = [codesPerFrame(level, size) * size.lBins[level]!, size.embWidth];
  const { sums, counts } = runningNames(level);
  return {
    k: graph.input(codebookName(level), "float32", [codes, width]),
    sums: graph.input(sums, "float32", [codes, width]),
    counts: graph.input(counts, "float32", [codes]),
  };
}

/** The codebooks of all places in a frame learn as one: each code of its place's rows. */
function learnCodes(training: LevelTraining, plan: VqvaePlan, book: CodebookState, stages: readonly CodeStage[]): void {
  const { level, size } = training;
  const { graph } = book.k;
  const bins = size.lBins[level]!;
  const all = bins * stages.length;
  const count = framesOf(training, plan);
  const threshold = restartThreshold(count, bins);
  const rows = joined(stages.map((stage) => stage.rows));
  const codes = joined(stages.map((stage, place) => (place > 0 ? add(stage.codes, place * bins) : stage.codes)));
  const restarts = graph.input("restarts", "int32", [all]);
  const next = updateCodebook(book, { rows, codes, restarts, mu: plan.mu, threshold });
  const { sums, counts } = runningNames(level);
  graph.output(`next.${codebookName(level)}`, next.k);
  graph.output(`next.${sums}`, next.sums);
  graph.output(`next.${counts}`, next.counts);
  const shares = mul(countCodes(codes, all), 1 / count);
  graph.output("entropy", neg(sum(mul(shares, log(add(shares, 1e-8)))))); // nats a frame, of this batch alone
  graph.output("used", sum(cast(greaterOrEqual(next.counts, threshold), "float32")));
}

const joined = (parts: readonly Value[]): Value => (parts.length === 1 ? parts[0]! : concat(parts, 0));
