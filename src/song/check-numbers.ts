/** The numbers of a song: refused, in words, where a model can't use them. */
import { UserError } from "../errors.ts";
import { checkSampling } from "./sampling.ts";
import type { Song } from "./song.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** How many seeds there are. */
export const seeds = 2 ** 32;

type Numbers = Pick<Song, "seconds" | "totalSeconds" | "temperature" | "sampling" | "seed">;

/** Refuses lengths and seeds out of range. */
export function checkNumbers({ seconds, totalSeconds, seed, ...sampling }: Numbers, vocabulary: Vocabulary) {
  const { minSeconds, maxSeconds } = vocabulary;
  if (!(seconds >= minSeconds && seconds <= maxSeconds)) {
    throw new UserError(`A song lasts ${minSeconds} to ${maxSeconds} seconds, not ${seconds}.`);
  }
  if (totalSeconds !== undefined) checkWhole(totalSeconds, seconds, vocabulary);
  checkSampling(sampling);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < seeds)) {
    throw new UserError(`A seed is a whole number from 0 to ${seeds - 1}, not ${seed}.`);
  }
}

function checkWhole(total: number, seconds: number, { whole }: Vocabulary) {
  const { minSeconds: least, maxSeconds: end } = whole ?? { minSeconds: 0, maxSeconds: 3600 };
  if (!(total >= seconds))
    throw new UserError(`of: must be at least as long as seconds:, and ${total} s is less than ${seconds} s.`);
  if (!(total >= least && total < end))
    throw new UserError(`of: goes from ${least} s to less than ${end} s, not ${total} s.`);
}
