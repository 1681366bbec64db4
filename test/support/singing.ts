/** Singing made up: who sings which letter when is known, and what an alignment head might attend to meanwhile. */
import { seeded } from "./random.ts";

/** How letters are sung. */
export interface Singing {
  /** When each character starts, in seconds; NaN where it is left out. */
  readonly starts: Float64Array;
  /** When its line's singing ends. */
  readonly ends: Float64Array;
}

export interface Manner {
  readonly seed: number;
  readonly from?: number;
  /** Letters a second, in each line another one between these. */
  readonly pace?: readonly [number, number];
  /** Seconds between lines. */
  readonly pause?: readonly [number, number];
  /** Lines that are not sung. */
  readonly without?: readonly number[];
}

/** Sings line after line, each letter in its time. */
export function sing(
  text: string,
  { seed, from = 1, pace = [9, 18], pause = [0.3, 1.5], without = [] }: Manner,
): Singing {
  const random = seeded(seed);
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * random();
  const starts = new Float64Array(text.length).fill(Number.NaN);
  const ends = new Float64Array(text.length).fill(Number.NaN);
  let at = from;
  for (const [number, { 0: line, index }] of [...text.matchAll(/[^\n]+\n?/g)].entries()) {
    if (without.includes(number)) continue;
    const rate = between(pace);
    const letters = Array.from(line.trimEnd(), () => (0.5 + random()) / rate);
    for (const [i, seconds] of letters.entries()) {
      starts[index + i] = at;
      at += seconds;
    }
    ends.fill(at, index, index + line.trimEnd().length);
    at += between(pause);
  }
  return { starts, ends };
}

export interface Head {
  readonly seed: number;
  /** Share of the attention on what is sung. */
  readonly share?: number;
  /** Standard deviation in letters. */
  readonly width?: number;
  /** Letters it looks ahead. */
  readonly ahead?: number;
  /** Share on a certain character at all times. */
  readonly rest?: { readonly character: number; readonly share: number };
  /** Where a line is the same as another, how the attention is shared between them. */
  readonly twins?: number;
  /** Of the rows, so many look somewhere by chance. */
  readonly astray?: number;
}

export interface Window {
  /** Codes. */
  readonly from: number;
  readonly count: number;
  readonly codeSeconds: number;
  readonly tokens: number;
  /** Index of the first column's token. */
  readonly character: number;
}

/** What such a head attends to: [count, tokens]. */
export function attentionOf(text: string, singing: Singing, head: Head, window: Window): Float32Array {
  const { share = 0.7, width = 0.7, ahead = 0, rest, twins = 0, astray = 0 } = head;
  const { from, count, codeSeconds, tokens, character } = window;
  const random = seeded(head.seed + from);
  const weights = new Float32Array(count * tokens);
  const twin = twinsOf(text);
  for (let code = 0; code < count; code++) {
    const row = weights.subarray(code * tokens, (code + 1) * tokens);
    const put = (at: number, weight: number): void => {
      const column = at - character + 1; // a column has read the character before
      if (column >= 1 && column < tokens) row[column]! += weight;
    };
    const bump = (centre: number, weight: number): void => {
      for (let i = -4; i <= 4; i++)
        put(
          Math.round(centre) + i,
          (weight * Math.exp(-0.5 * ((Math.round(centre) + i - centre) / width) ** 2)) / (width * 2.5066),
        );
    };
    const sung = sungAt(singing, (from + code) * codeSeconds);
    const other = Array.from({ length: tokens }, () => -Math.log(1 - random()));
    const noise = other.reduce((a, b) => a + b, 0);
    const left = 1 - (sung === undefined ? 0 : share) - (rest?.share ?? 0);
    for (let column = 0; column < tokens; column++) row[column]! += (left * other[column]!) / noise;
    if (rest) put(rest.character, rest.share);
    if (random() < astray) bump(random() * text.length, share);
    else if (sung !== undefined) {
      const same = twins > 0 ? twin[Math.floor(sung)] : undefined;
      bump(sung + ahead, same === undefined ? share : share * (1 - twins));
      if (same !== undefined) bump(same + ahead, share * twins);
    }
  }
  return weights;
}

/** The character at a time; nothing in a pause. */
export function sungAt({ starts, ends }: Singing, seconds: number): number | undefined {
  const at = starts.findLastIndex((start) => start <= seconds);
  return at >= 0 && seconds < ends[at]! ? at : undefined;
}

/** For characters of a line that comes again: the same one of its next twin (the last one's is the first). */
function twinsOf(text: string): (number | undefined)[] {
  const lines = [...text.matchAll(/[^\n]+/g)].map(({ 0: line, index }) => ({ line, index }));
  const twins: (number | undefined)[] = Array.from({ length: text.length });
  for (const [at, { line, index }] of lines.entries()) {
    const next =
      lines.find((one, i) => i > at && one.line === line) ?? lines.find((one, i) => i < at && one.line === line);
    if (next) for (let i = 0; i < line.length; i++) twins[index + i] = next.index + i;
  }
  return twins;
}
