/** Fills one level of a song with codes: window by window, row by row, conditioned on the level above. */

import type { LevelSampling } from "../labels/sampling.ts";
import type { Labels } from "../labels/song.ts";
import { type TimingSize, timingBins } from "../labels/timing.ts";
import { ints, type Tensors } from "../onnx/session.ts";
import type { CodeLine } from "./line.ts";
import type { Prior, Window } from "./prior.ts";
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
  readonly labels: Labels;
  readonly seed: number;
  readonly sampling: LevelSampling;
  /** Codes of the whole song at this level. */
  readonly total: number;
  /** Codes that the song begins with: they decide what each window starts from. */
  readonly prompt: number;
  /** Codes already there, the prompt's first: they are gone through, not drawn anew. */
  readonly known: Uint16Array;
}

/** Fills `line` until it is whole or `stopped`; `made` is told after each row. */
export async function fill(
  prior: Prior,
  size: LevelSize,
  job: LevelJob,
  line: CodeLine,
  options: FillOptions,
): Promise<void> {
  const { nCtx, upper } = prior.size;
  const stride = upper ? upper.strides.reduce((a, b) => a * b, 1) : 1;
  const hop = hopOf(nCtx, job.sampling.hopFraction ?? size.hopFraction, stride);
  for (const span of windows({ total: job.total, nCtx, hop, prompt: job.prompt })) {
    if (span.end <= line.made) continue; // known from before a restart
    const above = options.upper && (await codesAbove(options.upper, span.start / stride, nCtx / stride));
    if (options.stopped()) return;
    const window = await prior.begin(conditions(prior, size, job, span, above));
    await fillWindow(prior, window, { span, job, level: size.level, line, options });
    if (options.stopped()) return;
  }
}

export interface FillOptions {
  /** Codes of the level above, which may still be growing. */
  readonly upper?: CodeLine;
  stopped(): boolean;
  /** Called after each row with its new codes; awaited, so that the thread hears its messages. */
  made(from: number, codes: Uint16Array): Promise<void>;
}

/** The conditioner needs a whole window of codes: of a song shorter than that, it reads the beginning again. */
async function codesAbove(line: CodeLine, from: number, count: number): Promise<Uint16Array> {
  await line.reach(Math.min(from + count, line.codes.length));
  return Uint16Array.from({ length: count }, (_, at) => line.codes[(from + at) % line.codes.length]!);
}

interface WindowWork {
  readonly span: Span;
  readonly job: LevelJob;
  readonly level: number;
  readonly line: CodeLine;
  readonly options: FillOptions;
}

/** Whole rows of the prefix at once, its rest and all that is known through the loop: so a resumed song is the same to the bit. */
async function fillWindow(
  prior: Prior,
  window: Window,
  { span, job, level, line, options }: WindowWork,
): Promise<void> {
  const { block } = prior;
  const { hopFraction: _, ...drawing } = job.sampling;
  const known = line.codes;
  const prefilled = Math.floor(span.prefix / block) * block;
  if (prefilled > 0) await window.prefill(Int32Array.from(known.subarray(span.start, span.start + prefilled)));
  for (let at = span.start + prefilled; at < span.end && !options.stopped(); at += block) {
    const count = Math.min(block, span.end - at);
    const here = line.made;
    const uniform = Float32Array.from({ length: block }, (_, i) => uniformAt(job.seed, level, at + i));
    const forced = Int32Array.from({ length: block }, (_, i) => (at + i < here ? known[at + i]! : -1));
    const drawn = await window.row({ uniform, forced, ...drawing, count });
    const fresh = Uint16Array.from(drawn.subarray(Math.min(Math.max(here - at, 0), count)));
    if (fresh.length === 0) continue;
    line.add(fresh);
    await options.made(here, fresh);
  }
}

/** The feeds that say what a window is conditioned on (spec 3.1: song positions are samples, at every level). */
function conditions(
  prior: Prior,
  { hop, sampleRate }: LevelSize,
  { labels: song }: LevelJob,
  span: Span,
  above?: Uint16Array,
): Tensors {
  const { labels, timing, nCtx } = prior.size;
  const genres = Int32Array.from({ length: labels?.maxGenres ?? 0 }, (_, slot) => song.genres[slot] ?? -1);
  const bins =
    timing && timingOf(timing, nCtx, { hop, sampleRate, totalSeconds: song.totalSeconds, start: span.start });
  return {
    ...(labels && { artist: ints(Int32Array.of(song.artist), [1]), genres: ints(genres, [1, genres.length]) }),
    ...(bins && {
      total: ints(Int32Array.of(bins.total), [1]),
      absolute: ints(bins.absolute, [1, nCtx]),
      relative: ints(bins.relative, [1, nCtx]),
    }),
    ...(above && { upper: ints(Int32Array.from(above), [1, above.length]) }),
  };
}

interface Place {
  readonly hop: number;
  readonly sampleRate: number;
  readonly totalSeconds: number;
  readonly start: number;
}

function timingOf(timing: TimingSize, nCtx: number, { hop, sampleRate, totalSeconds, start }: Place) {
  const known = Math.max(totalSeconds, timing.minSeconds); // a shorter song is the beginning of one that the model knows
  return timingBins(timing, nCtx, {
    sampleRate,
    total: Math.round(known * sampleRate),
    offset: start * hop,
    window: nCtx * hop,
  });
}
