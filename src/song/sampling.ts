/** How codes are drawn, level by level: what may be said of it, and what is meant where less is said (spec 6.1, 6.2). */
import { UserError } from "../errors.ts";

/** How the codes of one level are drawn. */
export interface LevelSampling {
  /** 0 is greedy, 1 is the model's own way. */
  readonly temperature: number;
  /** Only so many of the likeliest codes may be drawn, and their equals. Not together with `topP`. */
  readonly topK?: number;
  /** Only the likeliest codes may be drawn, as many as it takes to pass this probability. */
  readonly topP?: number;
  /** Share of a window from one start to the next; the model's own if left out. */
  readonly hopFraction?: number;
}

/** What a song says of sampling: one temperature, and where more is said, one entry for all levels or one for each, finest first. */
export interface Sampling {
  /** 0 is greedy, 1 is the model's own way. */
  readonly temperature: number;
  readonly sampling?: readonly Partial<LevelSampling>[];
}

/** How each of so many levels is sampled, finest first. */
export function samplingFor({ temperature, sampling = [] }: Sampling, levels: number): LevelSampling[] {
  if (sampling.length > 1 && sampling.length !== levels)
    throw new UserError(`This model has ${levels} levels: say one number for all of them or ${levels}, finest first.`);
  return Array.from({ length: levels }, (_, level) => ({ temperature, ...(sampling[level] ?? sampling[0]) }));
}

const mostTemperature = 2;
/** Each window goes through what the one before it left: a tiny step would take for ever. */
const leastHop = 0.01;

/** Refuses numbers out of range, in words. */
export function checkSampling({ temperature, sampling = [] }: Sampling): void {
  for (const level of [{ temperature }, ...sampling]) checkLevel(level);
}

function checkLevel({ temperature = 1, topK, topP, hopFraction }: Partial<LevelSampling>): void {
  if (!(temperature >= 0 && temperature <= mostTemperature))
    throw new UserError(`The temperature goes from 0 to ${mostTemperature}, not ${temperature}.`);
  if (topK !== undefined && !(Number.isSafeInteger(topK) && topK >= 1))
    throw new UserError(`Top-k is a whole number from 1 on, not ${topK}.`);
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    throw new UserError(`Top-p is more than 0 and at most 1, not ${topP}.`);
  if (topK !== undefined && topP !== undefined)
    throw new UserError("Top-k and top-p don't go together: choose one of them.");
  if (hopFraction !== undefined && !(hopFraction >= leastHop && hopFraction <= 1))
    throw new UserError(`The hop goes from ${leastHop} to 1 window, not ${hopFraction}.`);
}
