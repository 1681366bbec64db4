/** Timing conditioning: a window's position in the song, as bins of the timing embeddings (spec 3.3). */
import { UserError } from "../errors.ts";

export interface TimingSize {
  readonly bins: number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

/** Lengths and positions in samples at `sampleRate` (Hz). */
export interface WindowTiming {
  readonly sampleRate: number;
  /** Length of the whole song. */
  readonly total: number;
  /** Start of the window in the song. */
  readonly offset: number;
  /** Length of the window. */
  readonly window: number;
}

export interface TimingBins {
  readonly total: number;
  readonly absolute: Int32Array;
  readonly relative: Int32Array;
}

/**
 * A bin for the song's length, and [positions] bins each for absolute and relative position (spec 3.3). Throws a
 * UserError for song lengths outside the trained range, and a RangeError for a window outside the song.
 */
export function timingBins(
  { bins, minSeconds, maxSeconds }: TimingSize,
  positions: number,
  timing: WindowTiming,
): TimingBins {
  const { sampleRate, total, offset, window } = timing;
  const [low, high] = [minSeconds * sampleRate, maxSeconds * sampleRate];
  if (!(total >= low && total < high)) {
    throw new UserError(
      `A song must be at least ${minSeconds} s and less than ${maxSeconds} s long; this one is ${(total / sampleRate).toFixed(1)} s.`,
    );
  }
  const end = offset + window;
  if (offset < 0 || offset >= total || end > high)
    throw new RangeError(`window ${offset} … ${end} of a song of ${total} samples`);
  return {
    total: binOf(bins, total, low, high),
    absolute: interpolate(bins, positions, offset, end, high),
    relative: interpolate(
      bins,
      positions,
      Math.fround(offset / total),
      Math.fround(Math.min(Math.max(end / total, 0), 1)),
      1,
    ),
  };
}

const f = Math.fround; // float32 as in the original, which decides values at the borders of bins

const binOf = (bins: number, place: number, low: number, high: number): number =>
  Math.floor(f(f(bins * f(place - low)) / f(high - low)));

function interpolate(bins: number, positions: number, from: number, to: number, high: number): Int32Array {
  const span = f(f(to) - f(from));
  return Int32Array.from({ length: positions }, (_, i) =>
    binOf(bins, f(f(from) + f(span * f(i / positions))), 0, high),
  );
}
