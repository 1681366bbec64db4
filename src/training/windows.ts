/** What a prior learns from: random windows of songs' codes, with labels, timing and the codes of the level above. */

import type { CodedSong } from "../dataset/coded-corpus.ts";
import { momentInput, type PriorSize } from "../model/prior.ts";
import { dropChords, dropMood, dropWords, type Metre, type MomentTable, momentsAt } from "../music/metre.ts";
import { timingBins } from "../music/timing.ts";
import { floats, ints, type Tensors } from "../onnx/session.ts";
import type { Random } from "../random.ts";

/** Where a prior stands among the levels. */
export interface Place {
  readonly level: number;
  /** Samples a code. */
  readonly hop: number;
  readonly sampleRate: number;
}

/** Shares, 0 … 1, of what is made harder or more varied while learning; judged is without. */
export interface Augmentation {
  /** Windows told neither artist, genre nor anything of their moments, as guidance compares with; of the others, as many lack the artist, and as many the genre. */
  readonly dropLabels: number;
  /**
   * Windows told nothing of beat, part, key and words; of the others, as many are not told the key, as many neither mood nor
   * dynamics, and as many not what is sung.
   */
  readonly dropMoments: number;
  /** Codes of the level above replaced by random ones: sampling errs too. */
  readonly noise: number;
  /** Up to so many codes of the level above, in each window a share of its own, replaced by what the prior above makes instead, where that is known. */
  readonly mistakes: number;
  /** Own codes read as random ones: a song that is made strays, and must find back to its labels and to the level above. */
  readonly ownNoise: number;
  /** Up to so many own codes, in each window a share of its own, read as what this prior itself draws there instead: a song that is made is full of them. */
  readonly slips: number;
  /** Windows of songs told to be shorter or longer than they are, so that all lengths are known. */
  readonly stretch: number;
}

export const asItIs: Augmentation = {
  dropLabels: 0,
  dropMoments: 0,
  noise: 0,
  mistakes: 0,
  ownNoise: 0,
  slips: 0,
  stretch: 0,
};

/** A code that the prior above may make instead of this one. */
export type Mistakes = (code: number, random: Random) => number;

/** One window with all that a prior is told of it. */
export interface Window {
  readonly codes: Int32Array;
  /** The codes as they are read. */
  readonly heard: Int32Array;
  /** Where the prior itself draws the code to be read: the number that decides; elsewhere below 0. */
  readonly slips: Float32Array;
  readonly artist: number;
  readonly genre: number;
  readonly timing?: { readonly total: number; readonly absolute: Int32Array; readonly relative: Int32Array };
  /** Rows of the tables of moments, by the inputs' names. */
  readonly moments?: ReadonlyMap<string, Int32Array>;
  readonly upper?: Int32Array;
}

/** Codes for one code of the level above; 1 where there is none. */
export const strideOf = ({ upper }: PriorSize): number => upper?.strides.reduce((a, b) => a * b, 1) ?? 1;

/**
 * A random window of a random song. Starts are multiples of the stride. They are drawn from a range that sticks out by a
 * quarter of a window on both sides and moved inside, so that beginnings and ends of songs are seen often.
 */
export function drawWindow(
  songs: readonly CodedSong[],
  size: PriorSize,
  place: Place,
  variety: Augmentation,
  random: Random,
  mistakes?: Mistakes,
): Window {
  const song = random.pick(songs);
  const stride = strideOf(size);
  const last = Math.floor((song.codes[place.level]!.length - size.nCtx) / stride);
  const margin = Math.floor(size.nCtx / stride / 4);
  const start = stride * Math.min(Math.max(random.whole(-margin, last + margin), 0), last);
  return windowAt(song, start, size, place, variety, random, mistakes);
}

/** The window that starts at a code of the song. */
export function windowAt(
  song: CodedSong,
  start: number,
  size: PriorSize,
  place: Place,
  variety: Augmentation,
  random: Random,
  mistakes?: Mistakes,
): Window {
  const { nCtx, timing, moments, upper } = size;
  const { metre } = song;
  const stride = strideOf(size);
  const [told, toldGenre] = [random.next(), random.next()];
  const silent = told < variety.dropLabels;
  const codes = Int32Array.from(song.codes[place.level]!.subarray(start, start + nCtx));
  const blurred = (code: number, share: number, bins: number): number =>
    random.chance(share) ? random.whole(0, bins - 1) : code;
  const mistaken = random.next() * variety.mistakes;
  const asMade = (code: number): number => (mistakes && random.chance(mistaken) ? mistakes(code, random) : code);
  const slipping = random.next() * variety.slips;
  const above = upper && song.codes[place.level + 1]!.subarray(start / stride, (start + nCtx) / stride);
  return {
    codes,
    heard: codes.map((code) => blurred(code, variety.ownNoise, size.bins)),
    slips: Float32Array.from(codes, () => (random.chance(slipping) ? uniform(random) : -1)),
    artist: silent || told >= 1 - variety.dropLabels ? 0 : song.artist,
    genre: silent || toldGenre < variety.dropLabels ? 0 : song.genre,
    ...(timing && { timing: timingOf(song, start, timing, nCtx, place, variety, random) }),
    ...(moments && { moments: momentsOf(silent ? undefined : metre, start, size, place, variety, random) }),
    ...(above && {
      upper: Int32Array.from(above, (code) => blurred(asMade(code), variety.noise, upper.bins)),
    }),
  };
}

/** Of 24 bits, as float32 holds them: it would round more up to 1, and no code is drawn with 1. */
const uniform = (random: Random): number => Math.floor(random.next() * 2 ** 24) / 2 ** 24;

function momentsOf(
  metre: Metre | undefined,
  start: number,
  { moments, nCtx }: PriorSize,
  { hop }: Place,
  { dropMoments }: Augmentation,
  random: Random,
): Map<string, Int32Array> {
  const [told, toldWords] = [random.next(), random.next()];
  const known = metre && told >= dropMoments ? metre : undefined;
  const heard = known && told >= 1 - dropMoments ? { ...known, key: 0 } : known;
  const clear = heard && told < 2 * dropMoments ? dropMood(heard) : heard;
  const spoken = clear && toldWords < dropMoments ? dropWords(clear) : clear;
  const song = spoken && toldWords >= 1 - dropMoments ? dropChords(spoken) : spoken;
  const ids = momentsAt(song, moments as readonly MomentTable[], { start: start * hop, hop, count: nCtx });
  return new Map([...ids].map(([name, rows]) => [momentInput(name), rows]));
}

/** A stretched song keeps its shape: the window lies at the same share of it, and lasts as long as it does. */
function timingOf(
  { samples }: CodedSong,
  start: number,
  timing: NonNullable<PriorSize["timing"]>,
  nCtx: number,
  { hop, sampleRate }: Place,
  { stretch }: Augmentation,
  random: Random,
) {
  const [shortest, longest] = [timing.minSeconds * sampleRate, timing.maxSeconds * sampleRate - 1];
  const window = nCtx * hop;
  const told = random.chance(stretch) ? shortest * (longest / shortest) ** random.next() : samples;
  const total = Math.round(Math.min(Math.max(told, shortest, window), longest));
  const offset = Math.min(Math.round((start * hop * total) / samples), total - 1, longest - window);
  return timingBins(timing, nCtx, { sampleRate, total, offset, window });
}

/** Windows side by side, as `priorLoss` reads them. */
export function batchOf(windows: readonly Window[]): Tensors {
  const rows = (pick: (window: Window) => Int32Array | undefined) => {
    const parts = windows.flatMap((window) => pick(window) ?? []);
    return ints(join(parts, Int32Array), [parts.length, parts[0]!.length]);
  };
  const numbers = (pick: (window: Window) => number) => ints(Int32Array.from(windows, pick), [windows.length]);
  const { timing, moments, upper } = windows[0]!;
  return {
    codes: rows(({ codes }) => codes),
    heard: rows(({ heard }) => heard),
    slips: floats(
      join(
        windows.map(({ slips }) => slips),
        Float32Array,
      ),
      [windows.length, windows[0]!.slips.length],
    ),
    artist: numbers(({ artist }) => artist),
    genres: ints(
      Int32Array.from(windows, ({ genre }) => genre),
      [windows.length, 1],
    ),
    ...(timing && {
      total: numbers((window) => window.timing!.total),
      absolute: rows((window) => window.timing!.absolute),
      relative: rows((window) => window.timing!.relative),
    }),
    ...(moments &&
      Object.fromEntries([...moments.keys()].map((name) => [name, rows((window) => window.moments!.get(name))]))),
    ...(upper && { upper: rows((window) => window.upper) }),
  };
}

function join<Numbers extends Int32Array | Float32Array>(
  parts: readonly Numbers[],
  kind: new (length: number) => Numbers,
): Numbers {
  const whole = new kind(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
