/** How far a song has come and how long the rest will take, from the codes that were made. */
import type { Codes } from "../../inference/engine.ts";
import type { Progress } from "../../queue/job.ts";

export interface ProgressEstimate {
  /** Takes note of a level's codes made up to this index. */
  made(level: number, until: number): void;
  /** Whether all codes are made. */
  readonly finished: boolean;
  /** Share of the finest level that is made, 0 … 1: of the song as it will be. */
  readonly share: number;
  progress(note?: string): Progress;
}

/** A meter for a song of so many codes by level, of which some are known already. */
export function createProgressEstimate(
  totals: readonly number[],
  known: Codes,
  now = () => performance.now(),
): ProgressEstimate {
  const started = now();
  const before = totals.map((total, level) => Math.min(known[level]?.length ?? 0, total));
  const made = [...before];
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  return {
    made(level, until) {
      made[level] = Math.min(Math.max(made[level] ?? 0, until), totals[level] ?? 0);
    },
    get finished() {
      return sum(made) === sum(totals);
    },
    get share() {
      return totals[0] ? made[0]! / totals[0] : 1;
    },
    progress(note) {
      const levels = totals.map((total, level) => (total === 0 ? 1 : made[level]! / total)); // as long as totals
      const done = sum(made) - sum(before);
      const left = sum(totals) - sum(made);
      const seconds = (now() - started) / 1000;
      return {
        levels,
        ...(done > 0 && left > 0 && seconds > 1 && { secondsLeft: (seconds * left) / done }),
        ...(note !== undefined && { note }),
      };
    },
  };
}
