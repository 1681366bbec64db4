/** Benchmarks training steps, and matrix products on the same machine for comparison. */
import type { ModelConfig } from "../model/folder.ts";
import type { PriorSize } from "../model/prior.ts";
import { vqvaeShapes } from "../model/shapes.ts";
import { hopsOf } from "../model/vqvae.ts";
import { flopsOf } from "../onnx/flops.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { matmul } from "../onnx/products.ts";
import { floats, ints, openSession, type Tensor } from "../onnx/session.ts";
import { initialValues } from "../training/initial.ts";
import { type Preset, presets } from "../training/presets.ts";
import { createStepper, type TrainingState } from "../training/stepper.ts";
import { trainingGraph } from "../training/train-prior.ts";
import { vqvaeGraph } from "../training/vqvae-graph.ts";
import { fastestRun } from "./stopwatch.ts";

export interface StepSpeed {
  /** Such as "prior 2". */
  readonly name: string;
  /** Floating-point operations of a step's products, forward and backward. */
  readonly flops: number;
  readonly secondsPerStep: number;
  /** Codes per second that training processes. */
  readonly codesPerSecond: number;
  readonly flopsPerSecond: number;
}

export interface TrainingSpeed {
  readonly steps: readonly StepSpeed[];
  /** Speed of a plain matrix product: the fastest of several sizes. */
  readonly productFlopsPerSecond: number;
}

export interface TrainingBenchOptions {
  readonly threads: number;
  /** Time for which each kind of step is repeated. */
  readonly limitSeconds: number;
}

/** The preset with a model's sizes, if there is one. */
export const presetOf = ({ vqvae, priors }: ModelConfig): Preset | undefined =>
  Object.values(presets).find(
    (preset) =>
      JSON.stringify(preset.vqvae) === JSON.stringify(vqvae) &&
      preset.priors.every(({ size: { width, depth, nCtx } }, level) => {
        const own = priors[level];
        return own?.width === width && own.depth === depth && own.nCtx === nCtx;
      }),
  );

/** Measures a training step of each VQ-VAE level and each prior, with initial weights and synthetic data. */
export async function trainingSpeed(
  priors: readonly PriorSize[],
  preset: Preset,
  options: TrainingBenchOptions,
): Promise<TrainingSpeed> {
  const before = await productSpeed(options.threads);
  const steps: StepSpeed[] = [];
  const hops = hopsOf(preset.vqvae);
  const above = new Map([...vqvaeShapes(preset.vqvae)].map(([name, shape]) => [name, { shape, data: wave(shape) }]));
  for (const [level, plan] of preset.vqvaePlans.entries()) {
    const training = { level, size: preset.vqvae, sampleRate: preset.sampleRate, above };
    const { graph, shapes } = vqvaeGraph(training, { ...plan, seed: 1 });
    const codes = (plan.batch * plan.samples) / hops[level]!;
    steps.push(await stepSpeed({ name: `vqvae ${level}`, graph, shapes, codes }, options));
  }
  for (const [level, { batch, rate, adam, variety }] of preset.priors.entries()) {
    const size = priors[level]!;
    const place = { level, hop: hops[level]!, sampleRate: preset.sampleRate };
    const { graph, shapes } = trainingGraph({ size, place, batch, rate, adam, variety, seed: 1 });
    steps.push(await stepSpeed({ name: `prior ${level}`, graph, shapes, codes: batch * size.nCtx }, options));
  }
  return { steps, productFlopsPerSecond: Math.max(before, await productSpeed(options.threads)) };
}

interface Step {
  readonly name: string;
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly codes: number;
}

async function stepSpeed(
  { name, graph, shapes, codes }: Step,
  { threads, limitSeconds }: TrainingBenchOptions,
): Promise<StepSpeed> {
  const isState = new Set(graph.outputs.map((output) => output.name.replace(/^next\./, "")));
  const start = initialState(graph, shapes, isState);
  const fed = graph.inputs.filter((input) => !isState.has(input.name) && input.name !== "rate");
  const feeds = Object.fromEntries(fed.map((input) => [input.name, syntheticFeed(input)]));
  const stepper = await createStepper(graph, start, { threads, patience: Number.POSITIVE_INFINITY });
  const secondsPerStep = await fastestRun(() => stepper.step(feeds, 0), limitSeconds);
  await stepper.close();
  const flops = flopsOf(graph);
  return {
    name,
    flops,
    secondsPerStep,
    codesPerSecond: codes / secondsPerStep,
    flopsPerSecond: flops / secondsPerStep,
  };
}

/** Initial weights and synthetic values for other state, except Adam's, which starts at zero. */
function initialState(graph: Graph, shapes: Step["shapes"], isState: ReadonlySet<string>): TrainingState {
  const others = graph.inputs.filter(
    ({ name }) => isState.has(name) && !shapes.has(name) && !/(^|\.)adam\./.test(name),
  );
  const store = new Map(initialValues(shapes, { seed: 1 }));
  for (const { name, shape } of others) store.set(name, { shape: shape as number[], data: wave(shape as number[]) });
  return { steps: 0, store };
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const wave = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: countOf(shape) }, (_, at) => 0.6 + 0.4 * Math.sin(at));

/** Synthetic sound, or codes and labels of zeros; speed does not depend on their values. */
function syntheticFeed({ type, shape }: Value): Tensor {
  const sizes = shape as number[]; // all sizes of training graphs are known
  return type === "float32" ? floats(wave(sizes), sizes) : ints(new Int32Array(countOf(sizes)), sizes);
}

const SIZES = [512, 768, 1024];

async function productSpeed(threads: number): Promise<number> {
  let fastest = 0;
  for (const size of SIZES) {
    const graph = new Graph();
    const [a, b] = ["a", "b"].map((name) => graph.input(name, "float32", [size, size])) as [Value, Value];
    graph.output("y", matmul(a, b));
    const session = await openSession(graph, { threads });
    const some = floats(wave([size, size]), [size, size]);
    const seconds = await fastestRun(() => session.run({ a: some, b: some }), 0.5);
    await session.close();
    fastest = Math.max(fastest, flopsOf(graph) / seconds);
  }
  return fastest;
}
