/** Time in a training: the rate's way down, the planned end, and what is due now and then. */
import type { TrainingState } from "./stepper.ts";

/** Steps are exact; minutes are kept to by moving the planned end as the speed becomes known. */
export type Budget = { readonly steps: number } | { readonly minutes: number };

/** The rate goes straight down to 0. In steps; `rate` holds at step `from`. */
export interface Slope {
  readonly from: number;
  readonly rate: number;
  readonly to: number;
}

export const rateAt = ({ from, rate, to }: Slope, step: number): number =>
  step >= to ? 0 : (rate * (to - step)) / (to - from);

/** The same rate now, and 0 after so many more steps. */
export const replanned = (slope: Slope, step: number, more: number): Slope => ({
  from: step,
  rate: Math.fround(rateAt(slope, step)), // as a checkpoint keeps it
  to: step + Math.max(1, Math.round(more)),
});

export interface Clock {
  /** Trained so far, earlier runs included. */
  seconds(): number;
  rate(step: number): number;
  over(step: number): boolean;
  /** What is to come, at the speed of this run; steps are not known before the speed is. */
  left(step: number): { readonly steps?: number; readonly seconds: number };
  /** Of this run so far, but for its first steps, which are slow. */
  secondsPerStep(step: number): number;
  /** To be told after each step. */
  tick(step: number): void;
  /** The state with what this clock must know when the training goes on. */
  into(state: TrainingState): TrainingState;
}

/** Kept in a checkpoint under this name as [from, rate, to, seconds]. */
const CLOCK = "clock";
const UNKNOWN_END = 2 ** 20;
const SLOW_STEPS = 10; // the first steps of a run are slow, and not counted
const KNOWN_STEPS = 20; // from here on the speed is known
const REPLAN_SECONDS = 60;

/** Starts with what a checkpoint holds, or anew. */
export function createClock(begun: TrainingState | undefined, rate: number, budget: Budget): Clock {
  const end = "steps" in budget ? budget.steps : UNKNOWN_END;
  const kept = begun?.store.get(CLOCK)?.data ?? Float32Array.of(0, rate, end, 0);
  let slope: Slope = { from: kept[0]!, rate: kept[1]!, to: kept[2]! };
  const first = begun?.steps ?? 0;
  const started = performance.now();
  const seconds = (): number => kept[3]! + (performance.now() - started) / 1000;
  const due = pace(REPLAN_SECONDS);
  const start = { step: first, seconds: seconds() };
  let settled = start;
  const secondsPerStep = (step: number): number => {
    const from = step > settled.step ? settled : start;
    return (seconds() - from.seconds) / Math.max(1, step - from.step);
  };
  const inBudget = (): number => ("minutes" in budget ? budget.minutes * 60 - seconds() : Number.POSITIVE_INFINITY);
  const planned = (): boolean => slope.to !== UNKNOWN_END;
  return {
    seconds,
    rate: (step) => rateAt(slope, step),
    over: (step) => step >= slope.to || (!planned() && inBudget() <= 0),
    secondsPerStep,
    left: (step) =>
      planned()
        ? { steps: slope.to - step, seconds: (slope.to - step) * secondsPerStep(step) }
        : { seconds: Math.max(0, inBudget()) },
    tick(step) {
      const run = step - first;
      if (run === SLOW_STEPS) settled = { step, seconds: seconds() };
      if ("minutes" in budget && (run === KNOWN_STEPS || (run > KNOWN_STEPS && due())))
        slope = replanned(slope, step, inBudget() / secondsPerStep(step));
    },
    into: ({ steps, store }) => {
      const data = Float32Array.of(slope.from, slope.rate, slope.to, seconds());
      return { steps, store: new Map([...store, [CLOCK, { shape: [4], data }]]) };
    },
  };
}

/** Says yes when so many seconds have passed since it last did. */
export function pace(seconds: number): () => boolean {
  let last = performance.now();
  return () => {
    const due = performance.now() - last >= seconds * 1000;
    if (due) last = performance.now();
    return due;
  };
}
