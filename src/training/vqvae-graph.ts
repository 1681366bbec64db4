/** One level's training step as one graph: sound to codes and back, losses, gradients, Adam and the codebook's own step. */

import { type CodebookState, countCodes, restartThreshold, updateCodebook } from "../model/codebook.ts";
import { swapTime } from "../model/convolution.ts";
import {
  type Bandwidth,
  commitLoss,
  emphasise,
  type Reconstruction,
  reconstructionLoss,
  type Spectrum,
  spectralLoss,
} from "../model/losses.ts";
import { codebookName, decode, encode, hopsOf, nearest, rowsOf, type VqvaeSize } from "../model/vqvae.ts";
import { declared } from "../model/weights.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { add, cast, gather, greaterOrEqual, log, mul, neg, reshape, stopGradient, sub, sum } from "../onnx/ops.ts";
import { descend } from "../onnx/optimizer.ts";
import type { CodecSchedule } from "./train-codec.ts";

/** How one level is trained; all of it decides the result, together with the corpus. */
export interface VqvaePlan extends Reconstruction, CodecSchedule {
  readonly seed: number;
  /** Decibels that crops are made quieter by chance, at most, and as often turned upside down. As they are if left out. */
  readonly quieter?: number;
  /** Pre-emphasis of both sounds before the losses: 0 none, 0.9 strong. */
  readonly emphasis: number;
  readonly commit: number;
  readonly spectral: number;
  readonly spectra: readonly Spectrum[];
  /** How much of the codebook's running numbers stays each step. */
  readonly mu: number;
}

export interface VqvaeGraph {
  readonly graph: Graph;
  /** Shapes of the trained weights; codebook and its sums are not among them. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Names of a codebook's running sums and numbers in a checkpoint. */
export const runningNames = (level: number): { sums: string; counts: string } => ({
  sums: `${codebookName(level)}_sum`,
  counts: `${codebookName(level)}_elem`,
});

/** Feeds: `sound` [batch, 1, samples] and `restarts` int32 [bins], rows that unused codes start again from. */
export function vqvaeGraph(level: number, size: VqvaeSize, plan: VqvaePlan, bandwidth: Bandwidth): VqvaeGraph {
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const weights = declared(graph, shapes);
  const { batch, samples } = plan;
  const sound = graph.input("sound", "float32", [batch, 1, samples]);
  const book = codebookInputs(graph, level, size);

  const latents = encode(level, sound, weights, size);
  const rows = rowsOf(latents); // [batch · codes, embWidth]
  const codes = nearest(stopGradient(rows), book.k);
  const vectors = gather(book.k, codes);
  const straight = add(rows, stopGradient(sub(vectors, rows))); // gradients pass as if nothing had been rounded
  const perClip = swapTime(reshape(straight, [batch, -1, size.embWidth]));
  const copy = decode(level, perClip, weights, size);

  const [x, y] = [sound, copy].map((one) => emphasise(reshape(one, [batch, samples]), plan.emphasis)) as [Value, Value];
  const recons = reconstructionLoss(x, y, plan, bandwidth);
  const spectral = spectralLoss(x, y, plan.spectra, bandwidth);
  const commit = commitLoss(rows, vectors);
  const loss = add(add(recons, mul(spectral, plan.spectral)), mul(commit, plan.commit));

  descend(loss, shapes);
  learnCodes(level, size, plan, { book, rows, codes });
  for (const [name, value] of Object.entries({ loss, recons, spectral, commit })) graph.output(name, value);
  return { graph, shapes };
}

function codebookInputs(graph: Graph, level: number, size: VqvaeSize): CodebookState {
  const [bins, width] = [size.lBins[level]!, size.embWidth];
  const { sums, counts } = runningNames(level);
  return {
    k: graph.input(codebookName(level), "float32", [bins, width]),
    sums: graph.input(sums, "float32", [bins, width]),
    counts: graph.input(counts, "float32", [bins]),
  };
}

interface Learning {
  readonly book: CodebookState;
  readonly rows: Value;
  readonly codes: Value;
}

function learnCodes(level: number, size: VqvaeSize, plan: VqvaePlan, { book, rows, codes }: Learning): void {
  const { graph } = rows;
  const bins = size.lBins[level]!;
  const count = (plan.batch * plan.samples) / hopsOf(size)[level]!;
  const threshold = restartThreshold(count, bins);
  const restarts = graph.input("restarts", "int32", [bins]);
  const next = updateCodebook(book, { rows, codes, restarts, mu: plan.mu, threshold });
  const { sums, counts } = runningNames(level);
  graph.output(`next.${codebookName(level)}`, next.k);
  graph.output(`next.${sums}`, next.sums);
  graph.output(`next.${counts}`, next.counts);
  const shares = mul(countCodes(codes, bins), 1 / count);
  graph.output("entropy", neg(sum(mul(shares, log(add(shares, 1e-8)))))); // nats, of this batch alone
  graph.output("used", sum(cast(greaterOrEqual(next.counts, threshold), "float32")));
}
