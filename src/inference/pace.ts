/** What a listener needs next goes first: finer levels give way while the coarsest is not far enough ahead. */

/**
 * Shared by a song's workers, in milliseconds of the song: up to where it is wanted, then how far its coarsest level has come.
 */
export type Pace = Int32Array<SharedArrayBuffer>;

const [WANTED, COARSEST] = [0, 1];
const nobodyWaits = -1;
const whole = 2 ** 31 - 1;

/** How far the coarsest level is ahead of what is wanted before the others work. */
const aheadMs = 1500;

const inMs = (seconds: number): number => Math.min(whole - 1 - aheadMs, Math.round(seconds * 1000));

/** For a song that is listened to from this second on, or that nobody waits for. */
export function createPace(fromSeconds: number | undefined): Pace {
  const pace = new Int32Array(new SharedArrayBuffer(8));
  pace[WANTED] = fromSeconds === undefined ? nobodyWaits : inMs(fromSeconds);
  return pace;
}

/** It is wanted up to this second; once it is wanted without end, nobody waits for it any more. */
export function want(pace: Pace, seconds: number): void {
  if (Atomics.load(pace, WANTED) === nobodyWaits) return;
  Atomics.store(pace, WANTED, seconds === Number.POSITIVE_INFINITY ? nobodyWaits : inMs(seconds));
}

/** The coarsest level has come so far, or to its end. */
export const reach = (pace: Pace, seconds: number, isWhole: boolean): void =>
  void Atomics.store(pace, COARSEST, isWhole ? whole : inMs(seconds));

/** Whether a finer level should wait. */
export function givesWay(pace: Pace): boolean {
  const wanted = Atomics.load(pace, WANTED);
  return wanted !== nobodyWaits && Atomics.load(pace, COARSEST) < wanted + aheadMs;
}
