/** Times of each line, word and character of the lyrics, from the prior's attention (spec 6.8). */
import type { Attended } from "./attended.ts";
import { bestPath } from "./viterbi.ts";

/** All times in seconds of the song. */
export interface SungWord {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Start of each letter. */
  readonly starts: readonly number[];
  /**
   * Share of the attention that was near it at its time, 0 (chance) … 1; also 0 where its time is only interpolated from its
   * neighbours.
   */
  readonly confidence: number;
}

export interface SungLine {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly words: readonly SungWord[];
}

/** The lines that were sung, in order. */
export interface Alignment {
  readonly lines: readonly SungLine[];
  /** Of all lines together, 0 … 1. */
  readonly confidence: number;
}

/**
 * Aligns the lyrics `text`, one character per token, as far as attention is known. `spelling` has the original of each
 * character; where one letter became several, the others are empty.
 */
export function align(text: string, attended: Attended, spelling: readonly string[] = [...text]): Alignment {
  const times = { ...characterTimes(attended), spelling };
  const lines = [...text.matchAll(/[^\n]+/g)].flatMap(({ 0: line, index }) => lineOf(line, index, times) ?? []);
  const sure = (sum: Float64Array): number => sum.reduce((all, one) => all + one, 0);
  return { lines, confidence: share(sure(times.near), sure(times.all)) };
}

/** How long a line stays visible after its end. */
const LINGER_SECONDS = 1;

/** The line that is sung, or was just sung, at a time of the song. */
export const lineAt = ({ lines }: Alignment, seconds: number): SungLine | undefined =>
  lines.findLast(({ from, to }) => from <= seconds && seconds < to + LINGER_SECONDS);

/** By character; NaN where it was not sung. */
interface CharacterTimes {
  readonly starts: Float64Array;
  /** When attention left the character. */
  readonly ends: Float64Array;
  /** Attention near the character, and on all, at its time. */
  readonly near: Float64Array;
  readonly all: Float64Array;
}

function characterTimes(attended: Attended): CharacterTimes {
  const { characters, stepSeconds } = attended;
  const path = bestPath(attended);
  const [starts, ends] = [new Float64Array(characters).fill(Number.NaN), new Float64Array(characters).fill(Number.NaN)];
  const [near, all] = [new Float64Array(characters), new Float64Array(characters)];
  let before = -1;
  for (const [step, at] of path.characters.entries()) {
    if (at < 0) continue;
    const by = at - before;
    const firstNew = by > MOST_AT_ONCE ? at : before + 1;
    for (let one = firstNew; one <= at; one++) starts[one] = (step - 1 + (one - before) / by) * stepSeconds;
    if (by > 0 && before >= 0 && ends[before]! > starts[firstNew]!) ends[before] = starts[firstNew]!;
    before = at;
    if (!path.sung[step]) continue;
    ends[at] = (step + 1) * stepSeconds;
    near[at]! += path.near[step]!;
    all[at]! += path.all[step]!;
  }
  const last = characters - 1; // no later token, so nothing attends to it
  starts[last] = ends[last] = ends[last - 1] ?? Number.NaN;
  return { starts, ends, near, all };
}

const MOST_AT_ONCE = 3; // characters between two steps; more are a skip

const share = (part: number, whole: number): number => (whole > 0 ? Math.max(0, part / whole) : 0);

/** Below this, attention is too spread out to tell. */
const LEAST_CONFIDENCE = 0.1;
/** Share of a line's words that must be found. */
const LEAST_WORDS = 1 / 3;

interface WrittenTimes extends CharacterTimes {
  readonly spelling: readonly string[];
}

function lineOf(text: string, at: number, times: WrittenTimes): SungLine | undefined {
  const found = [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => wordOf(word, at + index, times));
  const sung = found.filter((word) => word.from !== undefined).length;
  if (sung === 0 || sung < LEAST_WORDS * found.length) return undefined;
  const words = withoutOverlaps(interpolated(found));
  const written = times.spelling
    .slice(at, at + text.length)
    .join("")
    .trim();
  return { text: written, from: words[0]!.from, to: words.at(-1)!.to, words };
}

type FoundWord = Omit<SungWord, "from" | "to"> & { readonly from?: number; readonly to?: number };

/** Without times if attention does not show the word. */
function wordOf(word: string, at: number, { starts, ends, near, all, spelling }: WrittenTimes): FoundWord {
  const within = <T extends Float64Array>(numbers: T): number[] => [...numbers.subarray(at, at + word.length)];
  const written = spelling.slice(at, at + word.length);
  const text = written.join("");
  const sum = (numbers: Float64Array): number => within(numbers).reduce((whole, one) => whole + one, 0);
  const confidence = share(sum(near), sum(all));
  if (confidence < LEAST_CONFIDENCE) return { text, starts: [], confidence: 0 };
  const to = Math.max(...within(ends).filter((time) => !Number.isNaN(time)));
  const from = within(starts).find((time) => !Number.isNaN(time))!; // has an end, so it has a start
  let before = from;
  const every = within(starts).map((time) => {
    before = Math.max(before, Math.min(to, Number.isNaN(time) ? before : time)); // a letter without a time is no later than its word
    return before;
  });
  return { text, from, to, starts: every.filter((_, i) => written[i] !== ""), confidence };
}

/** Words without times share the time between their neighbours. */
function interpolated(words: readonly FoundWord[]): SungWord[] {
  return words.map((word, at) => {
    if (word.from !== undefined && word.to !== undefined) return { ...word, from: word.from, to: word.to };
    const before = words.findLastIndex(({ to }, i) => i < at && to !== undefined);
    const after = words.findIndex(({ from }, i) => i > at && from !== undefined);
    const start = words[before]?.to ?? words[after]!.from!; // some word of the line has times
    const end = Math.max(start, words[after]?.from ?? start);
    const places = (after < 0 ? words.length : after) - before - 1;
    const place = (i: number): number => start + ((end - start) * i) / places;
    const [from, to] = [place(at - before - 1), place(at - before)];
    const starts = Array.from(word.text, (_, i) => from + ((to - from) * i) / word.text.length);
    return { ...word, from, to, starts };
  });
}

const withoutOverlaps = (words: readonly SungWord[]): SungWord[] =>
  words.map((word, at) => ({ ...word, to: Math.max(word.from, Math.min(word.to, words[at + 1]?.from ?? word.to)) }));
