/** The training loop of every network: step, report, validate, sample and save, to the planned end; resumes bit for bit. */
import type { Store } from "../model/weights.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Tensors } from "../onnx/session.ts";
import { createAverage } from "./average.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { historyPath, openHistory } from "./history.ts";
import { progressLine, type Throughput } from "./progress.ts";
import type { Sampler } from "./samples.ts";
import { type Budget, createClock, pace } from "./schedule.ts";
import { createStepper, type StepResult } from "./stepper.ts";

/** Where a training is kept, and who follows it. */
export interface TrainingOptions {
  /** File of the checkpoint, moments and all; it stays when the training is over. */
  readonly checkpoint: string;
  readonly threads?: number;
  /** Is given a line every few seconds. */
  readonly report?: (line: string) => void;
  /** Writes samples of the averaged weights now and then. */
  readonly sampler?: Sampler;
  /** Stops after the current step, and saves. */
  readonly signal?: AbortSignal;
}

/** What one kind of network brings to the loop. */
export interface TrainingPlan<Result> {
  /** One step: reads `rate` and the feeds, gives `loss` and the next state. */
  readonly graph: Graph;
  /** What must not change when the training resumes: sizes, seed, rates. */
  readonly recipe: unknown;
  /** Highest learning rate; it falls linearly to zero at the end of the budget. */
  readonly rate: number;
  readonly budget: Budget;
  /** The state to start from. */
  first(): Promise<Store>;
  /** What a step learns from; follows from its number alone. */
  feeds(step: number): Tensors | Promise<Tensors>;
  /** Names of the weights of which a running average is kept, and how much of it stays each step. */
  readonly averaging: { readonly names: Iterable<string>; readonly kept: number };
  /** The network's weights in the state, in which averages stand for the weights. */
  weights(store: Store): Store;
  /** Is given these weights at every checkpoint. */
  readonly save?: (weights: Store, steps: number) => void;
  readonly validation: Validation<Result>;
  /** Parts of the loss that are reported. */
  readonly parts?: readonly string[];
  /** Size of the codebook whose usage the step reports as `used`. */
  readonly bins?: number;
  readonly throughput: Throughput;
}

/** Judges weights on validation songs. */
export interface Validation<Result> {
  of(weights: Store): Promise<Result>;
  /** For people: a few words, with the unit. */
  describe(result: Result): string;
  /** For the curves. */
  numbers(result: Result): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface TrainingEnd<Result> {
  readonly weights: Store;
  readonly steps: number;
  /** Of training alone, earlier runs included. */
  readonly seconds: number;
  readonly result: Result;
}

const REPORT_SECONDS = 10;
const SAVE_SECONDS = 60;
const VALIDATE_SECONDS = 90;

/** Trains to the end of the budget, or goes on with what the checkpoint holds. Throws the signal's reason when stopped. */
export async function trainLoop<Result>(
  plan: TrainingPlan<Result>,
  { checkpoint, threads = 1, report = () => {}, sampler, signal }: TrainingOptions,
): Promise<TrainingEnd<Result>> {
  const { validation } = plan;
  const saved = loadCheckpoint(checkpoint, plan.recipe);
  const start = saved ?? { steps: 0, store: await plan.first() };
  const stepper = await createStepper(plan.graph, start, { threads });
  const average = createAverage(plan.averaging.names, start, plan.averaging.kept);
  const clock = createClock(saved, plan.rate, plan.budget);
  const history = openHistory(historyPath(checkpoint), start.steps);
  const due = { report: pace(REPORT_SECONDS), save: pace(SAVE_SECONDS), validate: pace(VALIDATE_SECONDS) };
  const weights = (): Store => plan.weights(new Map([...stepper.state().store, ...average.weights]));
  const save = (): void => {
    saveCheckpoint(checkpoint, average.into(clock.into(stepper.state())), plan.recipe);
    plan.save?.(weights(), stepper.steps);
  };
  let losses: number[] = [];
  const progress = (last: StepResult["metrics"], result: Result | undefined): void => {
    const step = stepper.steps;
    const moment = { step, loss: mean(losses), rate: clock.rate(step), seconds: clock.seconds() };
    losses = [];
    const used = plan.bins === undefined ? undefined : { used: last.used![0]!, bins: plan.bins };
    history.add({
      ...moment,
      ...(used && { usedTraining: used.used }),
      ...(result !== undefined && validation.numbers(result)),
    });
    const standing = {
      moment,
      parts: Object.fromEntries((plan.parts ?? []).map((name) => [name, last[name]![0]!])),
      validation: result === undefined ? undefined : validation.describe(result),
      ...(used && { usage: used }),
      throughput: plan.throughput,
    };
    report(progressLine(standing, clock));
  };
  try {
    let result = saved && (await validation.of(weights()));
    while (!clock.over(stepper.steps)) {
      const { metrics } = await stepper.step(await plan.feeds(stepper.steps), clock.rate(stepper.steps));
      clock.tick(stepper.steps);
      average.follow(stepper.state());
      losses.push(metrics.loss![0]!);
      if (due.validate()) result = await validation.of(weights());
      if (due.report()) progress(metrics, result);
      await sampler?.after(weights(), stepper.steps);
      if (due.save() || signal?.aborted) save();
      signal?.throwIfAborted();
    }
    save();
    await sampler?.last(weights(), stepper.steps);
    result = await validation.of(weights());
    history.add({ step: stepper.steps, ...validation.numbers(result) });
    report(`done: ${stepper.steps} steps, ${validation.describe(result)}`);
    return { weights: weights(), steps: stepper.steps, seconds: clock.seconds(), result };
  } finally {
    await validation.close();
    await stepper.close();
  }
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
