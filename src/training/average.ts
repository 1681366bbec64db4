/** A running average of the weights of a training: steps wander about a good place, and their average is closer to it. */
import type { Store } from "../model/weights.ts";
import type { TrainingState } from "./stepper.ts";

export interface Average {
  /** The averaged weights themselves, not a copy: read or save them before the next step. */
  readonly weights: Store;
  /** To be told after each step. */
  follow(state: TrainingState): void;
  /** The state with what must be known when the training goes on. */
  into(state: TrainingState): TrainingState;
}

/** An averaged weight's name in a checkpoint. */
const averaged = (name: string): string => `average.${name}`;

/** How much of the average stays at a step, counted from 1: the average of a young training does not lag behind. */
export const keptAt = (averaging: number, step: number): number => Math.min(averaging, (1 + step) / (10 + step));

/** Averages the weights of these names, on from what the state holds; where it holds no average, the weights are the first one. */
export function createAverage(names: Iterable<string>, { store }: TrainingState, averaging: number): Average {
  const weights = new Map(
    [...names].map((name) => {
      const { shape, data } = store.get(averaged(name)) ?? store.get(name)!;
      return [name, { shape, data: Float32Array.from(data as Float32Array) }];
    }),
  );
  return {
    weights,
    follow({ steps, store }) {
      const share = 1 - keptAt(averaging, steps);
      for (const [name, { data }] of weights) blend(data, store.get(name)!.data as Float32Array, share);
    },
    into({ steps, store }) {
      const kept = new Map(store);
      for (const [name, value] of weights) kept.set(averaged(name), value);
      return { steps, store: kept };
    },
  };
}

function blend(into: Float32Array, values: Float32Array, share: number): void {
  for (let at = 0; at < into.length; at++) into[at]! += (values[at]! - into[at]!) * share;
}
