/** A corpus on disk: an index of all songs (songs.json), and a WAV file for each, read whole or in spans. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openWav } from "../audio/wav.ts";
import type { Genre } from "../corpus/bands.ts";
import type { CorpusPlan, Split } from "../corpus/plan.ts";
import type { Dynamics, Mood, Singer } from "../corpus/score.ts";
import { UserError } from "../errors.ts";
import { openPartFile } from "../files.ts";
import { readWords, type SungWords } from "./sung-words.ts";

export interface CorpusSong {
  readonly id: string;
  /** Name of its WAV file in the corpus' folder. */
  readonly file: string;
  readonly artist: string;
  readonly genre: string;
  readonly split: Split;
  /** Length of the song, in seconds and in samples. */
  readonly seconds: number;
  readonly samples: number;
  /** Known of composed songs only, as are tempo, key and sections. */
  readonly bpm?: number;
  /** In grains per tick. */
  readonly tempo?: number;
  /** Such as "F major". */
  readonly key?: string;
  /** Of composed songs, and of users' songs that are labelled with one. */
  readonly mood?: string;
  /** Of composed songs with vocals; phones and lyrics are in a file beside the sound. */
  readonly singer?: Singer;
  /** Sections in order; the last one is "end". */
  readonly sections?: readonly SongPart[];
  readonly seed?: number;
  /** Of a user's song: further metadata. */
  readonly own?: OwnSong;
}

export interface SongPart {
  readonly name: string;
  readonly bars: number;
  readonly dynamics?: Dynamics;
  /** Bars of numerals, round and round: "IIm7 V7 | Imaj7". */
  readonly chords?: string;
}

/** A composed song: its beat, key and sections are known. */
export interface ComposedSong extends CorpusSong {
  readonly genre: Genre;
  readonly bpm: number;
  readonly tempo: number;
  readonly key: string;
  readonly mood?: Mood;
  readonly sections: NonNullable<CorpusSong["sections"]>;
}

export const isComposed = (song: CorpusSong): song is ComposedSong =>
  song.tempo !== undefined && song.key !== undefined && song.sections !== undefined;

/** Whether a file with timed lyrics lies beside its sound. */
export const isTimed = ({ singer, own }: CorpusSong): boolean => singer !== undefined || own?.timed === true;

/** Metadata of a user's song. */
export interface OwnSong {
  /** Path relative to the user's folder. */
  readonly from: string;
  readonly title?: string;
  readonly album?: string;
  /** Genres after the first. */
  readonly moreGenres?: readonly string[];
  readonly year?: number;
  readonly keywords?: readonly string[];
  readonly lyrics?: string;
  /** Whether its lyrics are timed. */
  readonly timed?: true;
}

/** The contents of songs.json; `version` is the version of the composing code. */
export interface CorpusIndex {
  readonly version: number;
  /** Of a composed corpus. */
  readonly plan?: CorpusPlan;
  /** Of users' songs: files that were examined, by path relative to the user's folder. */
  readonly looked?: Readonly<Record<string, LookedAt>>;
  readonly sampleRate: number;
  readonly songs: readonly CorpusSong[];
}

/** An examined file; it is read again only if size or modification time changes. */
export interface LookedAt {
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Hash of its contents. */
  readonly id: string;
  /** Why it was rejected. */
  readonly refused?: string;
  /** Sentences about missing sound that name the file. */
  readonly warnings?: readonly string[];
}

const indexFile = "songs.json";
const headerBytes = 44;

/** The index of a corpus; undefined if the folder has none. Throws a UserError if songs.json is something else. */
export function readIndex(folder: string): CorpusIndex | undefined {
  const path = join(folder, indexFile);
  if (!existsSync(path)) return undefined;
  const index: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isIndex(index)) throw new UserError(`"${path}" is not the index of a corpus. Choose another folder.`);
  return index;
}

/** Tells an index from other JSON files; our own files are not validated further. */
const isIndex = (value: unknown): value is CorpusIndex =>
  typeof value === "object" && value !== null && "version" in value && "songs" in value && Array.isArray(value.songs);

export function writeIndex(folder: string, index: CorpusIndex): void {
  const file = openPartFile(join(folder, indexFile));
  file.append(Buffer.from(`${JSON.stringify(index, null, 1)}\n`));
  file.close();
}

/** Whether a song's files exist. Files get their name when complete, so the right size means a complete song. */
export function isComplete(folder: string, song: CorpusSong): boolean {
  const path = join(folder, song.file);
  const hasLyrics = !isTimed(song) || existsSync(wordsPath(folder, song));
  return hasLyrics && existsSync(path) && statSync(path).size === headerBytes + song.samples * 2;
}

/** Path of a song's timed lyrics. */
export const wordsPath = (folder: string, { id }: Pick<CorpusSong, "id">): string => join(folder, `${id}.words.json`);

/** A song's timed lyrics, if it has any. */
export const sungIn = (folder: string, song: CorpusSong): SungWords | undefined =>
  isTimed(song) ? readWords(wordsPath(folder, song)) : undefined;

/** The songs of a complete corpus. Throws a UserError if there is no corpus, or songs are missing. */
export function readCorpus(folder: string): readonly CorpusSong[] {
  const index = readIndex(folder);
  if (!index) throw new UserError(`There is no corpus in "${folder}". Make one first.`);
  const missing = index.songs.filter((song) => !isComplete(folder, song)).length;
  if (missing > 0)
    throw new UserError(
      `The corpus in "${folder}" is incomplete, songs missing: ${missing}. Make it again; finished songs are kept.`,
    );
  return index.songs;
}

/** Reads `count` samples from sample `from` on: mono, −1 … 1, fewer only at the song's end. */
export function readSamples(folder: string, song: CorpusSong, from = 0, count = song.samples): Float32Array {
  return openWav(join(folder, song.file)).read(from, count);
}
