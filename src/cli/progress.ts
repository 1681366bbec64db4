/** How far a song has come, as lines for a terminal. */

/** How far each level has come. */
export interface Made {
  /** Share of each level's codes, 0 … 1, finest first. */
  readonly parts: readonly number[];
  /** Of the whole song. */
  readonly seconds: number;
  /** Since the first step. */
  readonly elapsedSeconds: number;
}

const finest = "█";
const between = "▓";
const coarsest = "░";
const nothing = "·";

/** The song from left to right, each place as fine as it is already: "████▓▓▓░░░··". */
export function bar(parts: readonly number[], width: number): string {
  const cells = Array.from({ length: width }, (_, cell) => {
    const level = parts.findIndex((part) => part * width >= cell + 1);
    if (level === -1) return nothing;
    if (level === 0) return finest;
    return level === parts.length - 1 ? coarsest : between;
  });
  return cells.join("");
}

/** One line, to be written over and over: "████▓▓▓░░░··  8.0 of 20.0 s, 1.6 times real time". */
export function progressLine(made: Made, width = 40): string {
  const done = (made.parts[0] ?? 0) * made.seconds;
  return `${bar(made.parts, width)}  ${done.toFixed(1)} of ${made.seconds.toFixed(1)} s, ${speed(done, made.elapsedSeconds)}`;
}

const speed = (seconds: number, elapsedSeconds: number) =>
  `${(elapsedSeconds > 0 ? seconds / elapsedSeconds : 0).toFixed(1)} times real time`;

/** Where progress goes: a terminal's line is written over, anything else gets a line for each tenth of the song. */
export interface ProgressTarget {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** A function to call at each step, and one to call at the end, so that what follows starts on a line of its own. */
export function progressOn(target: ProgressTarget): { show(made: Made): void; end(): void } {
  let tenths = 0;
  let shown = "";
  return {
    show(made) {
      if (target.isTTY) {
        const line = progressLine(made);
        if (line !== shown) target.write(`\r${line}\x1b[K`);
        shown = line;
        return;
      }
      const reached = Math.floor((made.parts[0] ?? 0) * 10);
      if (reached > tenths) target.write(`${reached * 10} %: ${progressLine(made, 20)}\n`);
      tenths = Math.max(tenths, reached);
    },
    end() {
      if (shown) target.write("\n");
      shown = "";
    },
  };
}
