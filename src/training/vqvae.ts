/** Trains one level of the VQ-VAE from a corpus, and goes on from its checkpoint as if it had never stopped. */
import { BAND_EDGES } from "../audio/convergence.ts";
import { emphasise, magnitudes, norm } from "../model/losses.ts";
import { writeSafetensors } from "../model/safetensors.ts";
import { codebookName, encode, hopsOf, rowsOf, type VqvaeSize } from "../model/vqvae.ts";
import { declared, type Store } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { mul, reshape } from "../onnx/ops.ts";
import { floats, floatsOf, ints, openSession, type Tensors } from "../onnx/session.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { type CorpusSong, readCorpus } from "./corpus/files.ts";
import { createRandom, seedFor } from "./corpus/random.ts";
import { type Crops, createCrops, evenCrops } from "./crops.ts";
import { historyPath, openHistory } from "./history.ts";
import { initialValues } from "./initial.ts";
import { type Listener, openListener, type Verdict } from "./listening.ts";
import { progressLine, type Standing } from "./progress.ts";
import type { Sampler } from "./samples.ts";
import { createClock, pace } from "./schedule.ts";
import { createStepper, type Stepper, type StepResult } from "./stepper.ts";
import { runningNames, type VqvaePlan, vqvaeGraph } from "./vqvae-graph.ts";

export interface VqvaeTraining {
  readonly level: number;
  readonly size: VqvaeSize;
  readonly plan: VqvaePlan;
  readonly sampleRate: number;
  /** Weights to begin with instead of random ones: this level's, of a VQ-VAE of the same size. */
  readonly from?: Store;
  /** Folder of the corpus. */
  readonly corpus: string;
  /** Where the training is kept, moments and all. */
  readonly checkpoint: string;
  /** Where the weights alone are written, at every checkpoint. */
  readonly weights: string;
  /** Hears the weights now and then. */
  readonly sampler?: Sampler;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Hears a line now and then. */
  readonly tell?: (line: string) => void;
}

const SAVE_SECONDS = 60;
const TELL_SECONDS = 15;
const LISTEN_SECONDS = 120;
const JUDGED = { batch: 12, seconds: 5 };

/**
 * Trains to the plan's end, or until the signal; what was reached is saved. Returns the last verdict on songs left out. Its
 * weights are not averaged, as a prior's are: in trials of 200 steps at a tiny size, averages of encoder, decoder and codebook
 * copied 0.1 and 0.3 dB worse.
 */
export async function trainVqvae(training: VqvaeTraining): Promise<Verdict> {
  const { level, size, plan, threads = 1, sampler, signal, tell = () => {} } = training;
  const songs = readCorpus(training.corpus);
  const crops = createCrops(training.corpus, ofSplit(songs, true), plan, plan.seed);
  const { graph, shapes } = vqvaeGraph(level, size, plan, await measureBandwidth(crops, plan));
  const whole = { level, size, plan, songs: songs.length };
  const begun = loadCheckpoint(training.checkpoint, whole);
  const start = begun ?? { steps: 0, store: await firstState(shapes, crops, training) };
  const stepper = await createStepper(graph, start, { threads });
  const listener = await listenerFor(training, songs);
  const every = { tell: pace(TELL_SECONDS), save: pace(SAVE_SECONDS), listen: pace(LISTEN_SECONDS) };
  const clock = createClock(begun, plan.rate, { steps: plan.steps });
  const history = openHistory(historyPath(training.checkpoint), stepper.steps);
  const judged = async (): Promise<Verdict> => {
    const verdict = await listener.judge(stepper.state().store);
    history.add({ step: stepper.steps, decibels: verdict.whole, used: verdict.used });
    return verdict;
  };
  const save = (): void => {
    saveCheckpoint(training.checkpoint, stepper.state(), whole);
    writeSafetensors(training.weights, weightsOf(stepper, shapes, level), { notes: { steps: String(stepper.steps) } });
  };
  let verdict: Verdict | undefined;
  try {
    while (stepper.steps < plan.steps && !signal?.aborted) {
      const result = await stepper.step(feedsFor(stepper.steps, crops, training), rateAt(plan, stepper.steps));
      clock.tick(stepper.steps);
      if (every.tell()) {
        const now = momentOf(stepper.steps, result, plan);
        history.add(now);
        tell(progressLine(standingOf(now, result, training, verdict), clock));
      }
      await sampler?.after(weightsOf(stepper, shapes, level), stepper.steps);
      if (every.save()) save();
      if (every.listen()) {
        verdict = await judged();
        tell(describeVerdict(verdict));
      }
    }
    save();
    if (!signal?.aborted) await sampler?.last(weightsOf(stepper, shapes, level), stepper.steps);
    verdict = await judged();
    tell(`${stepper.steps} of ${plan.steps} steps. ${describeVerdict(verdict)}`);
    return verdict;
  } finally {
    await listener.close();
    await stepper.close();
  }
}

const ofSplit = (songs: readonly CorpusSong[], train: boolean): CorpusSong[] =>
  songs.filter(({ split }) => (split === "train") === train);

/** Straight down to zero at the planned end. */
const rateAt = ({ rate, steps }: VqvaePlan, step: number): number => rate * Math.max(0, 1 - step / steps);

/** What a step learns from: crops, and the rows that unused codes start again from. Both follow from the step's number. */
function feedsFor(step: number, crops: Crops, { level, size, plan }: VqvaeTraining): Tensors {
  const { batch, samples } = plan;
  const rows = (batch * samples) / hopsOf(size)[level]!;
  const random = createRandom(seedFor(plan.seed + 1, step));
  const restarts = Int32Array.from({ length: size.lBins[level]! }, () => random.whole(0, rows - 1));
  return { sound: floats(crops(step), [batch, 1, samples]), restarts: ints(restarts, [restarts.length]) };
}

/** Only what the decoder and encoder need: no moments, no running sums. */
function weightsOf(stepper: Stepper, shapes: ReadonlyMap<string, readonly number[]>, level: number): Store {
  return new Map([...stepper.state().store].filter(([name]) => shapes.has(name) || name === codebookName(level)));
}

/** Variance, and norm of a clip's spectrum, of what the losses see (spec 2.3). */
async function measureBandwidth(crops: Crops, plan: VqvaePlan): Promise<{ l2: number; spec: number }> {
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

function listenerFor(
  { level, size, corpus, sampleRate }: VqvaeTraining,
  songs: readonly CorpusSong[],
): Promise<Listener> {
  const hop = hopsOf(size)[level]!;
  const crop = { batch: JUDGED.batch, samples: Math.floor((JUDGED.seconds * sampleRate) / hop) * hop };
  const left = ofSplit(songs, false);
  return openListener(evenCrops(corpus, left.length > 0 ? left : songs, crop), crop, { level, size, sampleRate });
}

const PARTS = ["recons", "spectral", "commit"];

/** What is told of a step; `usedTraining` codes are in use by the codebook's running numbers. */
function momentOf(step: number, { metrics }: StepResult, plan: VqvaePlan) {
  return { step, loss: metrics.loss![0]!, usedTraining: metrics.used![0]!, rate: rateAt(plan, step) };
}

function standingOf(
  moment: ReturnType<typeof momentOf>,
  { metrics }: StepResult,
  { level, size, plan, sampleRate }: VqvaeTraining,
  verdict: Verdict | undefined,
): Standing {
  const samples = plan.batch * plan.samples;
  return {
    moment,
    parts: Object.fromEntries(PARTS.map((name) => [name, metrics[name]![0]!])),
    heldOut: verdict && `${verdict.whole.toFixed(2)} dB`,
    usage: { used: moment.usedTraining, bins: size.lBins[level]! },
    throughput: { codes: samples / hopsOf(size)[level]!, seconds: samples / sampleRate },
  };
}

/** One line for people. */
export function describeVerdict({ whole, bands, entropyBits, used }: Verdict): string {
  const parts = bands.map((band, index) => `${BAND_EDGES[index]}–${BAND_EDGES[index + 1]} Hz ${band.toFixed(1)}`);
  return `Left out: ${whole.toFixed(2)} dB (${parts.join(", ")}), ${used} codes used, ${entropyBits.toFixed(2)} bits`;
}
