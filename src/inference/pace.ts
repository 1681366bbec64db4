/** What listeners need next goes first: finer levels wait for their song's coarsest, and songs without a listener for those with one. */

/** Shared by a song's threads, in milliseconds of the song: up to where it is wanted, then how far each level has come. */
export type Pace = Int32Array<SharedArrayBuffer>;

const nobodyWaits = -1;
const whole = 2 ** 31 - 1;

/** How far a level is to be ahead of what is wanted. */
const aheadMs = 1500;

const inMs = (seconds: number): number => Math.min(whole - 1 - aheadMs, Math.round(seconds * 1000));

/** For a song of so many levels that is played from this second on, or that nobody waits for. */
export function createPace(fromSeconds: number | undefined, levels: number): Pace {
  const pace = new Int32Array(new SharedArrayBuffer(4 * (1 + levels)));
  pace[0] = fromSeconds === undefined ? nobodyWaits : inMs(fromSeconds);
  return pace;
}

/** It is wanted up to this second; once it is wanted without end, nobody waits for it any more. */
export function want(pace: Pace, seconds: number): void {
  if (!isLive(pace)) return;
  Atomics.store(pace, 0, seconds === Number.POSITIVE_INFINITY ? nobodyWaits : inMs(seconds));
}

/** A level has come so far, or to its end. */
export const reach = (pace: Pace, level: number, seconds: number, isWhole: boolean): void =>
  void Atomics.store(pace, 1 + level, isWhole ? whole : inMs(seconds));

/** Whether someone waits for the song. */
export const isLive = (pace: Pace): boolean => Atomics.load(pace, 0) !== nobodyWaits;

/** Whether the listener needs more of this level soon. */
export const isUrgent = (pace: Pace, level: number): boolean =>
  isLive(pace) && Atomics.load(pace, 1 + level) < Atomics.load(pace, 0) + aheadMs;

/** Whether a level of a song should wait: for its song's coarsest level, or for songs beside it that have a listener. */
export function givesWay(pace: Pace, level: number, beside: Iterable<Pace> = []): boolean {
  const coarsest = pace.length - 2;
  if (level < coarsest && isUrgent(pace, coarsest)) return true;
  return !isLive(pace) && [...beside].some((other) => isUrgent(other, level));
}
