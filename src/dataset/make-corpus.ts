/** Makes a corpus in a folder: composes all songs, writes the index, and renders missing songs in worker threads. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { compose } from "../corpus/compose.ts";
import { type CorpusPlan, type PlannedSong, planSongs } from "../corpus/plan.ts";
import { bpmOf, type Score, sampleRate, samplesOf } from "../corpus/score.ts";
import { singerOf } from "../corpus/voice/song.ts";
import { UserError } from "../errors.ts";
import { END } from "../music/metre.ts";
import {
  type ComposedSong,
  type CorpusIndex,
  isComplete,
  isComposed,
  readCorpus,
  readIndex,
  wordsPath,
  writeIndex,
} from "./corpus-files.ts";
import type { RenderOrder } from "./render-worker.ts";

/** Version of the composing code; raised by changes that change the music. */
const version = 2;

export interface MakeOptions {
  readonly seed: number;
  /** Number of songs in all splits. */
  readonly songs: number;
  /** Approximate. */
  readonly secondsPerSong: number;
  readonly threads?: number;
  readonly onProgress?: (done: number, songs: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes a corpus, or the missing songs of one. The same options give the same bytes for any number of threads. Throws a
 * UserError if the folder holds another corpus.
 */
export async function makeCorpus(
  folder: string,
  { seed, songs, secondsPerSong, threads = 2, onProgress, signal }: MakeOptions,
): Promise<readonly ComposedSong[]> {
  signal?.throwIfAborted();
  const plan: CorpusPlan = { seed, songs, secondsPerSong };
  const planned = planSongs(plan);
  const index: CorpusIndex = { version, plan, sampleRate, songs: planned.map(indexEntryOf) };
  mkdirSync(folder, { recursive: true });
  updateIndex(folder, index);
  const pending = planned.filter((_, place) => !isComplete(folder, index.songs[place]!));
  let done = songs - pending.length;
  onProgress?.(done, songs);
  await renderAll(pending, {
    folder,
    threads,
    ...(signal && { signal }),
    onSong: () => onProgress?.(++done, songs),
  });
  return readCorpus(folder).filter(isComposed);
}

function indexEntryOf(song: PlannedSong): ComposedSong {
  const score = compose(song);
  const samples = samplesOf(score);
  const singer = singerOf(score);
  return {
    id: song.id,
    file: `${song.id}.wav`,
    artist: song.artist,
    genre: song.genre,
    split: song.split,
    seconds: samples / sampleRate,
    samples,
    bpm: bpmOf(score.grainsPerTick),
    tempo: score.grainsPerTick,
    key: score.key,
    mood: score.mood,
    ...(singer && { singer }),
    sections: partsOf(score),
    seed: song.seed,
  };
}

/** The sections in order, and "end": the bar of the last chord. */
function partsOf({ sections, bars, chords: spans }: Score): ComposedSong["sections"] {
  const parts = sections.map(({ name, bar, bars: length, dynamics, chords }) => ({
    name,
    bars: Math.min(length, bars - 1 - bar),
    dynamics,
    chords,
  }));
  const end = { ...parts.at(-1)!, name: END, bars: 1, chords: spans.at(-1)!.chord.name };
  return [...parts.filter((part) => part.bars > 0), end];
}

/**
 * Writes the index, unless the folder holds another corpus. A corpus may grow, and old indexes without chords get them.
 */
function updateIndex(folder: string, index: CorpusIndex): void {
  const found = readIndex(folder);
  if (found && withoutChords(found) !== withoutChords(firstSongsOf(index, found.songs.length))) {
    throw new UserError(`"${folder}" holds another corpus. Choose another folder, or empty this one.`);
  }
  if (JSON.stringify(found) !== JSON.stringify(index)) writeIndex(folder, index);
}

/** The index cut to its first songs: a larger corpus starts with the smaller one. */
const firstSongsOf = (index: CorpusIndex, songs: number): CorpusIndex => ({
  ...index,
  ...(index.plan && { plan: { ...index.plan, songs: Math.min(songs, index.plan.songs) } }),
  songs: index.songs.slice(0, songs),
});

/** Chords follow from the rest, and indexes of earlier versions lack them. */
const withoutChords = (index: CorpusIndex): string =>
  JSON.stringify(index, (name, value) => (name === "chords" ? undefined : value));

interface RenderOptions {
  readonly folder: string;
  readonly threads: number;
  readonly onSong: () => void;
  readonly signal?: AbortSignal;
}

/** Renders songs on worker threads, each taking the next song when done; the first failure stops all. */
async function renderAll(
  songs: readonly PlannedSong[],
  { folder, threads, onSong, signal }: RenderOptions,
): Promise<void> {
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const queue = songs.values();
  const count = Math.min(threads, songs.length);
  const work = Array.from({ length: count }, () => renderOn(queue, folder, onSong, stopped));
  try {
    await Promise.all(work);
  } finally {
    stop.abort();
    await Promise.allSettled(work);
  }
}

async function renderOn(
  queue: Iterator<PlannedSong>,
  folder: string,
  onSong: () => void,
  signal: AbortSignal,
): Promise<void> {
  const worker = new Worker(new URL("./render-worker.ts", import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const next = () => {
    const { value: song, done } = queue.next();
    if (done) return resolve();
    const path = join(folder, `${song.id}.wav`);
    worker.postMessage({ song, path, words: wordsPath(folder, song) } satisfies RenderOrder);
  };
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  worker.on("message", () => {
    onSong();
    next();
  });
  worker.on("error", reject);
  if (signal.aborted) abort();
  else next();
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", abort);
    await worker.terminate();
  }
}
