/** Trains one prior: one graph a step, held-out bits beside the tables', a checkpoint a minute, stopped and resumed at will. */

import type { CodedSong } from "../dataset/coded-corpus.ts";
import { priorLoss } from "../model/captures.ts";
import { wholeSequence } from "../model/memory.ts";
import type { PriorSize } from "../model/prior.ts";
import { declared, type Store } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { type AdamOptions, descend } from "../onnx/optimizer.ts";
import { floats, floatsOf, openSession, type Tensors } from "../onnx/session.ts";
import { createRandom, seedFor } from "../random.ts";
import { createAverage } from "./average.ts";
import { type Baselines, baselines, countCodes } from "./bigram.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { historyPath, openHistory } from "./history.ts";
import { firstValues } from "./prior-start.ts";
import { progressLine, type Standing } from "./progress.ts";
import type { Sampler } from "./samples.ts";
import { type Budget, type Clock, createClock, pace } from "./schedule.ts";
import { createStepper } from "./stepper.ts";
import { type Augmentation, asItIs, batchOf, drawWindow, type Mistakes, type Place } from "./windows.ts";

export interface PriorRecipe {
  readonly size: PriorSize;
  readonly place: Place;
  /** Windows a step. */
  readonly batch: number;
  /** Highest rate, reached after the warm-up; from there straight down to 0. */
  readonly rate: number;
  readonly adam: AdamOptions;
  readonly variety: Augmentation;
  readonly seed: number;
}

export interface PriorTraining {
  readonly recipe: PriorRecipe;
  readonly budget: Budget;
  readonly train: readonly CodedSong[];
  readonly valid: readonly CodedSong[];
  /** What the prior above makes instead of its songs' codes, asked for where there is something left to learn; none are made if it isn't known. */
  readonly mistakes?: () => Promise<Mistakes | undefined>;
  /** File of the checkpoint, which stays when the training is over. */
  readonly checkpoint: string;
  /** Weights of another model to start from; asked for where there is no checkpoint yet. */
  readonly from?: () => Promise<Store>;
  /** How much of the average of the weights, which is judged and returned, stays each step; the last weights alone if left out. */
  readonly averaging?: number;
  readonly threads?: number;
  /** Windows judged at a time. */
  readonly judged?: number;
  readonly tell?: (line: string) => void;
  /** Hears the weights now and then. */
  readonly sampler?: Sampler;
  /** Stops after the step it is in, and saves. */
  readonly signal?: AbortSignal;
}

export interface PriorResult {
  /** Averaged over the last steps. */
  readonly weights: Store;
  readonly steps: number;
  /** Of training alone. */
  readonly seconds: number;
  /** Bits a code on songs not learned from. */
  readonly heldOut: number;
  /** The same on songs learned from: far fewer where songs are too few, and known by heart. */
  readonly learned: number;
  readonly baselines: Baselines;
}

const TELL_SECONDS = 10;
const SAVE_SECONDS = 60;
const JUDGE_SECONDS = 90;

/** Trains, or goes on with what the checkpoint holds. Throws the signal's reason when stopped. */
export async function trainPrior(training: PriorTraining): Promise<PriorResult> {
  const { recipe, budget, checkpoint, averaging = 0, threads = 1, tell = () => {}, sampler, signal } = training;
  const { graph, shapes } = trainingGraph(recipe);
  const counts = countCodes(codesOf(training.train, recipe), recipe.size.bins);
  const known = baselines(counts, codesOf(training.valid, recipe));
  const begun = loadCheckpoint(checkpoint, recipe);
  const start = begun ?? { steps: 0, store: await firstValues(shapes, recipe, counts, await training.from?.()) };
  const stepper = await createStepper(graph, start, { threads });
  const average = createAverage(shapes.keys(), start, averaging);
  const judge = await openJudge(training);
  const clock = createClock(begun, recipe.rate, budget);
  const mistakes = clock.over(stepper.steps) ? undefined : await training.mistakes?.();
  const every = { tell: pace(TELL_SECONDS), save: pace(SAVE_SECONDS), judge: pace(JUDGE_SECONDS) };
  const history = openHistory(historyPath(checkpoint), start.steps);
  const save = () => saveCheckpoint(checkpoint, average.into(clock.into(stepper.state())), recipe);
  tell(`${[...shapes.values()].reduce((sum, shape) => sum + size(shape), 0)} weights, ${describe(known)}`);
  try {
    let verdict = begun && (await judge.verdict(average.weights));
    const losses: number[] = [];
    while (!clock.over(stepper.steps)) {
      const { metrics } = await stepper.step(batchAt(training, stepper.steps, mistakes), clock.rate(stepper.steps));
      clock.tick(stepper.steps);
      average.follow(stepper.state());
      losses.push(metrics.loss![0]!);
      if (every.judge()) verdict = await judge.verdict(average.weights);
      if (every.tell()) {
        const now = momentOf(stepper.steps, losses.splice(0), verdict, clock);
        history.add(now);
        tell(progressLine(standingOf(now, verdict, recipe), clock));
      }
      await sampler?.after(average.weights, stepper.steps);
      if (every.save() || signal?.aborted) save();
      signal?.throwIfAborted();
    }
    save();
    await sampler?.last(average.weights, stepper.steps);
    const last = await judge.verdict(average.weights);
    tell(`done: ${stepper.steps} steps, held out ${spelled(last)} bits a code; ${describe(known)}`);
    return { weights: average.weights, steps: stepper.steps, seconds: clock.seconds(), ...last, baselines: known };
  } finally {
    await judge.close();
    await stepper.close();
  }
}

/** One step: loss, gradients, Adam. `shapes` are those of the weights. */
export function trainingGraph({ size, batch, variety, adam: options }: PriorRecipe) {
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const reading = { heard: true, slips: variety.slips > 0 };
  const { loss } = priorLoss(declared(graph, shapes), size, batch, wholeSequence(batch), reading);
  graph.output("loss", loss);
  descend(loss, shapes, options);
  return { graph, shapes };
}

/** Follows from the seed and the step alone. */
function batchAt({ recipe, train }: PriorTraining, step: number, mistakes: Mistakes | undefined): Tensors {
  const random = createRandom(seedFor(recipe.seed, step));
  const { size, place, variety, batch } = recipe;
  return batchOf(Array.from({ length: batch }, () => drawWindow(train, size, place, variety, random, mistakes)));
}

function* codesOf(songs: readonly CodedSong[], { place }: PriorRecipe): Generator<Uint16Array> {
  for (const song of songs) yield song.codes[place.level]!;
}

type ValidationResult = Pick<PriorResult, "heldOut" | "learned">;

/** Bits a code on the same windows each time: of songs held out, and of songs learned from. */
async function openJudge({ recipe, train, valid, threads = 1, judged = 16 }: PriorTraining) {
  const { size, place } = recipe;
  const batch = Math.min(recipe.batch, judged);
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  graph.output("music", priorLoss(declared(graph, shapes), size, batch, wholeSequence(batch), { heard: true }).music);
  const session = await openSession(graph, { threads });
  const drawn = (songs: readonly CodedSong[]): Tensors[] => {
    const random = createRandom(recipe.seed);
    return Array.from({ length: Math.ceil(judged / batch) }, () =>
      batchOf(Array.from({ length: batch }, () => drawWindow(songs, size, place, asItIs, random))),
    );
  };
  const [heldOut, learned] = [drawn(valid), drawn(train)];
  const bits = async (weights: Tensors, batches: readonly Tensors[]): Promise<number> => {
    const found: number[] = [];
    for (const feeds of batches) found.push(floatsOf(await session.run({ ...weights, ...feeds }), "music")[0]!);
    return mean(found);
  };
  return {
    async verdict(store: Store): Promise<ValidationResult> {
      const weights = Object.fromEntries(
        [...shapes].map(([name, shape]) => [name, floats(store.get(name)!.data as Float32Array, shape)]),
      );
      return { heldOut: await bits(weights, heldOut), learned: await bits(weights, learned) };
    },
    close: () => session.close(),
  };
}

const size = (shape: readonly number[]): number => shape.reduce((all, dim) => all * dim, 1);
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const describe = (known: Baselines): string =>
  `unigram ${known.unigram.toFixed(3)}, bigram ${known.bigram.toFixed(3)} bits a code`;

const spelled = ({ heldOut, learned }: ValidationResult): string =>
  `${heldOut.toFixed(3)} (songs learned from ${learned.toFixed(3)})`;

/** What is told of a step; there is no held-out loss before the first judgement. */
const momentOf = (step: number, losses: readonly number[], verdict: ValidationResult | undefined, clock: Clock) => ({
  step,
  loss: mean(losses),
  ...verdict,
  rate: clock.rate(step),
  seconds: clock.seconds(),
});

const standingOf = (
  moment: ReturnType<typeof momentOf>,
  verdict: ValidationResult | undefined,
  { batch, size: { nCtx } }: PriorRecipe,
): Standing => ({ moment, heldOut: verdict && spelled(verdict), throughput: { codes: batch * nCtx } });
