/** Fills one level of a song with codes: window by window, row by row, conditioned on the level above. */

import type { AttendedRows } from "../lyrics/attended.ts";
import { type LyricWindow, lyricWindow } from "../lyrics/lyrics.ts";
import { firstMusicId, lead, momentInput, type PriorSize } from "../model/prior.ts";
import { type MomentTable, momentsAt } from "../music/metre.ts";
import { timingBins, type WindowTiming } from "../music/timing.ts";
import { ints, type Tensors } from "../onnx/session.ts";
import type { LevelSampling } from "../song/sampling.ts";
import type { LevelPart } from "../song/song.ts";
import type { CodeBuffer } from "./code-buffer.ts";
import type { Place, Window } from "./prior-sampler.ts";
import { uniformAt } from "./random.ts";
import { hopOf, type Span, windows } from "./windows.ts";

/** What a level is, apart from its network. */
export interface LevelSize {
  /** 0 is the finest. */
  readonly level: number;
  /** Samples a code. */
  readonly hop: number;
  /** Share of a window from one start to the next. */
  readonly hopFraction: number;
  readonly sampleRate: number;
}

/** What of a song one level needs. */
export interface LevelJob {
  readonly labels: LevelPart;
  readonly seed: number;
  readonly sampling: LevelSampling;
  /** Codes of the whole song at this level. */
  readonly total: number;
  /** Codes that the song begins with: they decide what each window starts from. */
  readonly prompt: number;
  /** Codes already there, the prompt's first: they are gone through, not drawn anew. */
  readonly known: Uint16Array;
}

/**
 * Fills `line` until it is whole or `stopped`; `made` is told after each row. Then, if what is attended to in the lyrics is of
 * interest, what was known from the start is read as well.
 */
export async function fill(
  prior: Place,
  size: LevelSize,
  job: LevelJob,
  line: CodeBuffer,
  options: FillOptions,
): Promise<void> {
  const { nCtx } = prior.size;
  const known = line.made; // from before a restart, and the prompt
  const hop = hopOf(nCtx, job.sampling.hopFraction ?? size.hopFraction, strideOf(prior.size));
  const spans = windows({ total: job.total, nCtx, hop, prompt: job.prompt });
  const work = { size, job, line, options };
  for (const span of spans) if (span.end > known) await sing(prior, span, span.start + span.prefix, work);
  if (!options.attended || !prior.size.alignment || !job.labels.lyrics?.length) return;
  const ofPrompt = windows({ total: job.total, nCtx, hop }).filter(({ start, prefix }) => start + prefix < job.prompt);
  for (const { start, end, prefix } of [...ofPrompt, ...spans.filter((span) => span.end <= known)]) {
    const last = Math.min(end, start + prefix < job.prompt ? job.prompt : known);
    await sing(prior, { start, end: last, prefix: last - start }, start + prefix, work);
  }
}

interface LevelWork {
  readonly size: LevelSize;
  readonly job: LevelJob;
  readonly line: CodeBuffer;
  readonly options: FillOptions;
}

/** Goes through a window; what it attends to is told of codes from `fresh` on, which no window before has covered. */
async function sing(prior: Place, span: Span, fresh: number, work: LevelWork): Promise<void> {
  const { size, job, options } = work;
  const stride = strideOf(prior.size);
  const { nCtx } = prior.size;
  if (options.stopped()) return;
  const above = options.upper && (await codesAbove(options.upper, span.start / stride, nCtx / stride));
  if (options.stopped()) return;
  const place = placeOf(prior.size, size, job.labels, span);
  const told = toldOf(prior.size, job.labels, place);
  const tokens = told?.tokens;
  const lyrics = tokens?.subarray(0, lead(prior.size)) ?? new Int32Array(0);
  const attended = told && options.attended && rowsOf(told, span.start - lyrics.length, fresh, options.attended);
  const given = { place, tokens, above };
  const free = prior.guided ? conditions(prior.size, unguided(job.labels), given) : undefined;
  const window = await prior.begin(conditions(prior.size, job.labels, given), attended, free);
  await fillWindow(prior, window, { ...work, span, lyrics });
}

/** Nobody's music in no genre, without beat, key, mood and words: what guidance compares with, so that it drives the beat too. */
const unguided = ({ metre: _, ...labels }: LevelPart): LevelPart => ({ ...labels, artist: 0, genres: [0] });

/** Weights by position to rows by the song's code; `first` is the code at position 0, which in a merged prior would lie before the window. */
function rowsOf({ tokens, indices }: LyricWindow, first: number, fresh: number, tell: (rows: AttendedRows) => void) {
  const character = indices.at(-1)! - (tokens.length - 1); // the last one is never filled up
  return (position: number, weights: Float32Array): void => {
    const skipped = Math.max(0, fresh - (first + position));
    const rows = weights.subarray(skipped * tokens.length);
    if (rows.length > 0) tell({ from: first + position + skipped, weights: rows, tokens: tokens.length, character });
  };
}

const strideOf = ({ upper }: PriorSize): number => (upper ? upper.strides.reduce((a, b) => a * b, 1) : 1);

export interface FillOptions {
  /** Codes of the level above, which may still be growing. */
  readonly upper?: CodeBuffer;
  stopped(): boolean;
  /** Called after each row with its new codes; awaited, so that the thread hears its messages. */
  made(from: number, codes: Uint16Array): Promise<void>;
  /** Is shown what the alignment head, if there is one, attends to, each code once. */
  attended?(rows: AttendedRows): void;
}

/** The conditioner needs a whole window of codes: of a song shorter than that, it reads the beginning again. */
async function codesAbove(line: CodeBuffer, from: number, count: number): Promise<Uint16Array> {
  await line.reach(Math.min(from + count, line.codes.length));
  return Uint16Array.from({ length: count }, (_, at) => line.codes[(from + at) % line.codes.length]!);
}

interface WindowWork extends LevelWork {
  readonly span: Span;
  /** What stands in front of the codes: the tokens of a merged prior. */
  readonly lyrics: Int32Array;
}

/**
 * Whole rows of the prefix at once, its rest and all that is known through the loop: so a resumed song is the same to the
 * bit. Rows are the prior's: in a merged one, positions are the lyrics' first, and a row may hold the last of these and the
 * first codes.
 */
async function fillWindow(
  prior: Place,
  window: Window,
  { span, lyrics, size: { level }, job, line, options }: WindowWork,
): Promise<void> {
  const { block } = prior;
  const { hopFraction: _, ...drawing } = job.sampling;
  const first = firstMusicId(prior.size);
  /** The song's index of the code at a position; below `span.start` there are lyrics. */
  const indexAt = (position: number): number => span.start + position - lyrics.length;
  const knownAt = (position: number): number => lyrics[position] ?? line.codes[indexAt(position)]! + first;
  const end = lyrics.length + span.end - span.start;
  const prefilled = Math.floor((lyrics.length + span.prefix) / block) * block;
  if (prefilled > 0) await window.prefill(Int32Array.from({ length: prefilled }, (_, at) => knownAt(at)));
  for (let at = prefilled; at < end && !options.stopped(); at += block) {
    const count = Math.min(block, end - at);
    const here = line.made;
    const uniform = Float32Array.from({ length: block }, (_, i) =>
      uniformAt(job.seed, level, Math.max(indexAt(at + i), 0)),
    );
    const forced = Int32Array.from({ length: block }, (_, i) => (indexAt(at + i) < here ? knownAt(at + i) : -1));
    const drawn = await window.row({ uniform, forced, ...drawing, count });
    const fresh = codesOf(drawn.subarray(Math.min(Math.max(here - indexAt(at), 0), count)), first);
    if (fresh.length === 0) continue;
    line.add(fresh);
    await options.made(here, fresh);
  }
}

/** Ids to codes. An id below `first` is a lyric character's; only a prior that isn't kept from it draws one, and it is 0 (spec 3.9). */
const codesOf = (ids: Int32Array, first: number): Uint16Array => Uint16Array.from(ids, (id) => Math.max(id - first, 0));

/** Where a window lies in the whole song; all in samples at every level (spec 3.1). */
function placeOf(
  { timing, nCtx }: PriorSize,
  { hop, sampleRate }: LevelSize,
  { totalSeconds }: LevelPart,
  { start }: Span,
): WindowTiming {
  const known = Math.max(totalSeconds, timing?.minSeconds ?? 0); // a shorter song is the beginning of one that the model knows
  return { sampleRate, total: Math.round(known * sampleRate), offset: start * hop, window: nCtx * hop };
}

/** The lyrics that this window is told; none at a level that reads none. */
const toldOf = ({ lyrics }: PriorSize, labels: LevelPart, place: WindowTiming): LyricWindow | undefined =>
  lyrics && lyricWindow(labels.lyrics ?? [], lyrics.tokens, place);

interface Told {
  readonly place: WindowTiming;
  readonly tokens: Int32Array | undefined;
  /** Codes of the level above. */
  readonly above: Uint16Array | undefined;
}

/** The feeds that say what a window is conditioned on. */
function conditions(size: PriorSize, told: LevelPart, { place, tokens, above }: Told): Tensors {
  const { labels, timing, moments, lyrics, nCtx } = size;
  const genres = Int32Array.from({ length: labels?.maxGenres ?? 0 }, (_, slot) => told.genres[slot] ?? -1);
  const bins = timing && timingBins(timing, nCtx, place);
  return {
    ...(labels && { artist: ints(Int32Array.of(told.artist), [1]), genres: ints(genres, [1, genres.length]) }),
    ...(bins && {
      total: ints(Int32Array.of(bins.total), [1]),
      absolute: ints(bins.absolute, [1, nCtx]),
      relative: ints(bins.relative, [1, nCtx]),
    }),
    ...(moments &&
      momentFeeds(told.metre, moments as readonly MomentTable[], {
        start: place.offset,
        hop: place.window / nCtx,
        count: nCtx,
      })),
    ...(above && { upper: ints(Int32Array.from(above), [1, above.length]) }),
    ...(tokens && lyrics?.encoder && { tokens: ints(tokens, [1, tokens.length]) }),
  };
}

const momentFeeds = (...of: Parameters<typeof momentsAt>): Tensors =>
  Object.fromEntries([...momentsAt(...of)].map(([name, rows]) => [momentInput(name), ints(rows, [1, rows.length])]));
