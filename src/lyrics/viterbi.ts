/** The monotonic path through the lyrics that fits the attention best, with a cost for skips (Viterbi algorithm). */
import type { Attended, Step } from "./attended.ts";

/** A path, in steps of the attention. */
export interface Path {
  /** The character at each step; −1 before the first. */
  readonly characters: Int32Array;
  /** 1 where attention supports the character, 0 in pauses. */
  readonly sung: Uint8Array;
  /** Attention near that character above chance, and on all characters; both without the constant part. */
  readonly near: Float32Array;
  readonly all: Float32Array;
}

/** Cost of advancing by this many characters in one step, in nats. */
const ADVANCE = [0, 0, 0.5, 1] as const;
/** Cost of skipping any number of characters. */
const LEAP = 6;
/** Attention below this share of the usual level is ignored. */
const FLOOR = 0.3;
const USUAL = 0.9; // quantile of the steps' highest attention
const ALWAYS = 0.25; // quantile of a character's attention over time that counts as constant
const MOST_SAMPLES = 64; // of a quantile
const NEAR = 2; // characters on each side
const MOST_CHANCE = 0.9; // among few characters, all are near
const LEAST_USUAL = 0.005; // below this, no character is attended to

/** The best path through the steps known so far. */
export function bestPath({ steps, characters }: Attended): Path {
  const background = backgroundOf(steps, characters);
  const clean = (step: Step): Float32Array => withoutBackground(step, background);
  const peaks = steps.flatMap((step) => (step ? [highest(smoothed(clean(step)))] : []));
  const least = FLOOR * Math.max(LEAST_USUAL, quantile(peaks, USUAL));
  const path: Path = {
    characters: trace(steps, (step) => nats(smoothed(clean(step)), least)),
    sung: new Uint8Array(steps.length),
    near: new Float32Array(steps.length),
    all: new Float32Array(steps.length),
  };
  for (const [at, step] of steps.entries()) {
    if (!step) continue;
    const mass = clean(step);
    const place = path.characters[at]! - step.first;
    path.sung[at] = (smoothed(mass)[place] ?? 0) > least ? 1 : 0;
    const near = total(mass.subarray(Math.max(0, place - NEAR), Math.max(0, place + NEAR + 1)));
    const chance = Math.min(MOST_CHANCE, (2 * NEAR + 1) / mass.length);
    path.all[at] = total(mass);
    path.near[at] = (near - chance * path.all[at]!) / (1 - chance);
  }
  return path;
}

/** The constant part of each character's attention: some heads rest on certain characters. */
function backgroundOf(steps: Attended["steps"], characters: number): Float32Array {
  const known = steps.filter((step) => step !== undefined);
  const stride = Math.max(1, Math.ceil(known.length / MOST_SAMPLES));
  const seen: number[][] = Array.from({ length: characters }, () => []);
  for (let at = 0; at < known.length; at += stride) {
    const { first, mass } = known[at]!;
    for (let i = 0; i < mass.length; i++) seen[first + i]!.push(mass[i]!);
  }
  return Float32Array.from(seen, (masses) => quantile(masses, ALWAYS));
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function withoutBackground({ first, mass }: Step, background: Float32Array): Float32Array {
  const clean = new Float32Array(mass.length);
  for (let i = 0; i < clean.length; i++) clean[i] = Math.max(0, mass[i]! - background[first + i]!);
  return clean;
}

/** Smooths over neighbouring characters. */
function smoothed(mass: Float32Array): Float32Array {
  const smooth = new Float32Array(mass.length);
  for (let i = 0; i < mass.length; i++) {
    const before = i > 0 ? mass[i - 1]! : 0;
    const after = i + 1 < mass.length ? mass[i + 1]! : 0;
    smooth[i] = mass[i]! / 2 + (before + after) / 4;
  }
  return smooth;
}

/** Score of each character. */
function nats(mass: Float32Array, least: number): Float32Array {
  const evidence = new Float32Array(mass.length);
  for (let i = 0; i < mass.length; i++) if (mass[i]! > least) evidence[i] = Math.log(mass[i]! / least);
  return evidence;
}

const total = (mass: Float32Array): number => mass.reduce((sum, one) => sum + one, 0);
const highest = (mass: Float32Array): number => mass.reduce((most, one) => Math.max(most, one), 0);

/** A step's best scores: of each character in the window, and of the best one outside (at first, the beginning). */
interface Column {
  readonly first: number;
  readonly scores: Float64Array;
  /** Predecessor of each. */
  readonly from: Int32Array;
  readonly hidden: Place & { readonly from: number };
}

interface Place {
  readonly character: number;
  readonly score: number;
}

/** Among equal paths the one that advances latest, so that pauses belong to the character before them. */
function trace(steps: Attended["steps"], evidence: (step: Step) => Float32Array): Int32Array {
  let last: Column = {
    first: 0,
    scores: new Float64Array(0),
    from: new Int32Array(0),
    hidden: { character: -1, score: 0, from: -1 },
  };
  const columns = steps.map((step) => {
    last = step ? nextColumn(last, step.first, evidence(step)) : resting(last);
    return last;
  });
  const path = new Int32Array(columns.length);
  let at = best(last).character;
  for (let step = columns.length - 1; step >= 0; step--) {
    const { first, from, hidden } = columns[step]!;
    path[step] = at;
    at = at >= first && at - first < from.length ? from[at - first]! : hidden.from;
  }
  return path;
}

function best({ first, scores, hidden }: Column): Place {
  return scores.reduce<Place>((top, score, i) => (score > top.score ? { character: first + i, score } : top), hidden);
}

/** Without attention the path stays where it is. */
const resting = ({ hidden, ...last }: Column): Column => ({
  ...last,
  from: last.from.map((_, i) => last.first + i),
  hidden: { ...hidden, from: hidden.character },
});

function nextColumn(last: Column, first: number, evidence: Float32Array): Column {
  const hidden = hiddenPlace(last, first);
  const reach = ADVANCE.length;
  const before = scoresOf(last, first - reach, evidence.length + reach);
  const scores = new Float64Array(evidence.length);
  const from = new Int32Array(evidence.length);
  let leap = hidden.score;
  let leapFrom = hidden.character;
  for (let i = 0; i < evidence.length; i++) {
    if (before[i]! > leap) {
      leap = before[i]!;
      leapFrom = first + i - reach;
    }
    let top = leap - LEAP;
    let source = leapFrom;
    for (let by = reach - 1; by >= 0; by--) {
      const score = before[i + reach - by]! - ADVANCE[by]!;
      if (score <= top) continue;
      top = score;
      source = first + i - by;
    }
    scores[i] = top + evidence[i]!;
    from[i] = source;
  }
  return { first, scores, from, hidden };
}

/** The scores of `count` characters from `from` on. */
function scoresOf({ first, scores, hidden }: Column, from: number, count: number): Float64Array {
  const found = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  for (let i = Math.max(0, first - from); i < count && i + from - first < scores.length; i++)
    found[i] = scores[i + from - first]!;
  const place = hidden.character - from;
  if (place >= 0 && place < count) found[place] = Math.max(found[place]!, hidden.score);
  return found;
}

/** The best of the characters outside the window, old and new. */
function hiddenPlace({ first, scores, hidden }: Column, until: number): Column["hidden"] {
  let top: Place = hidden;
  for (let i = 0; i < scores.length && first + i < until; i++)
    if (scores[i]! >= top.score) top = { character: first + i, score: scores[i]! };
  return { ...top, from: top.character };
}
