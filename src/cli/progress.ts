/** Progress of a song as lines for a terminal. */

export interface SongProgress {
  /** Share of each level's codes that exist, 0 … 1, finest level first. */
  readonly parts: readonly number[];
  /** Length of the song. */
  readonly seconds: number;
  /** Since generation began. */
  readonly elapsedSeconds: number;
}

const finest = "█";
const between = "▓";
const coarsest = "░";
const nothing = "·";

/** The song from left to right; each cell shows the finest level that reached it: "████▓▓▓░░░··". */
export function progressBar(parts: readonly number[], width: number): string {
  const cells = Array.from({ length: width }, (_, cell) => {
    const level = parts.findIndex((part) => part * width >= cell + 1);
    if (level === -1) return nothing;
    if (level === 0) return finest;
    return level === parts.length - 1 ? coarsest : between;
  });
  return cells.join("");
}

/** For example "████▓▓▓░░░··  8.0 of 20.0 s, 1.6 × real time". */
export function songProgressLine(progress: SongProgress, width = 40): string {
  const done = (progress.parts[0] ?? 0) * progress.seconds;
  return `${progressBar(progress.parts, width)}  ${done.toFixed(1)} of ${progress.seconds.toFixed(1)} s, ${speed(done, progress.elapsedSeconds)}`;
}

const speed = (seconds: number, elapsedSeconds: number) =>
  `${(elapsedSeconds > 0 ? seconds / elapsedSeconds : 0).toFixed(1)} × real time`;

/** A terminal gets one line that is overwritten, anything else a line per tenth of the song. */
export interface ProgressTarget {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** `show` is called at each step, `end` before anything else is written. */
export function progressOn(target: ProgressTarget): { show(progress: SongProgress): void; end(): void } {
  let tenths = 0;
  let shown = "";
  return {
    show(progress) {
      if (target.isTTY) {
        const line = songProgressLine(progress);
        if (line !== shown) target.write(`\r${line}\x1b[K`);
        shown = line;
        return;
      }
      const reached = Math.floor((progress.parts[0] ?? 0) * 10);
      if (reached > tenths) target.write(`${reached * 10} %: ${songProgressLine(progress, 20)}\n`);
      tenths = Math.max(tenths, reached);
    },
    end() {
      if (shown) target.write("\n");
      shown = "";
    },
  };
}
