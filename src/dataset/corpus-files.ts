/** A corpus on disk: songs.json tells every song, a WAV file beside it holds its sound; read whole or span by span. */
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
  /** Name of the file in the corpus' folder. */
  readonly file: string;
  readonly artist: string;
  readonly genre: string;
  readonly split: Split;
  /** Length of the whole song. */
  readonly seconds: number;
  readonly samples: number;
  /** Beat and form of a song that was composed; of others they are not known. */
  readonly bpm?: number;
  /** Grains a tick. */
  readonly tempo?: number;
  /** Such as "F major". */
  readonly key?: string;
  /** Of songs that were composed, and of a user's songs that tell it. */
  readonly mood?: string;
  /** Who sings it; its words are in a file of their own. */
  readonly singer?: Singer;
  /** Parts in order with their bars; the last one is the end. */
  readonly sections?: readonly SongPart[];
  readonly seed?: number;
  /** Of a user's song: what is known of it beside. */
  readonly own?: OwnSong;
}

export interface SongPart {
  readonly name: string;
  readonly bars: number;
  readonly dynamics?: Dynamics;
  /** Bars of numerals, round and round: "IIm7 V7 | Imaj7". */
  readonly chords?: string;
}

/** A song whose beat is known. */
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

/** Whether a file beside it tells when its words are sung. */
export const isTimed = ({ singer, own }: CorpusSong): boolean => singer !== undefined || own?.timed === true;

/** What training does not use. */
export interface OwnSong {
  /** Path below the user's folder. */
  readonly from: string;
  readonly title?: string;
  readonly album?: string;
  /** After the first. */
  readonly moreGenres?: readonly string[];
  readonly year?: number;
  readonly keywords?: readonly string[];
  readonly lyrics?: string;
  /** Whether it was told when its words are sung. */
  readonly timed?: true;
}

/** What songs.json holds; `version` counts changes of the composers that change the music. */
export interface CorpusIndex {
  readonly version: number;
  /** Of songs that were composed. */
  readonly plan?: CorpusPlan;
  /** Of a user's songs: files that were looked at, by their path below the user's folder. */
  readonly looked?: Readonly<Record<string, LookedAt>>;
  readonly sampleRate: number;
  readonly songs: readonly CorpusSong[];
}

/** A file that need not be read again while size and time stay the same. */
export interface LookedAt {
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Of what is in it. */
  readonly id: string;
  /** Why it is no song. */
  readonly refused?: string;
  /** What is missing of its sound: sentences that name the file. */
  readonly warnings?: readonly string[];
}

const indexFile = "songs.json";
const headerBytes = 44;

export function readIndex(folder: string): CorpusIndex | undefined {
  const path = join(folder, indexFile);
  if (!existsSync(path)) return undefined;
  const index: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isIndex(index)) throw new UserError(`"${path}" is no list of a corpus' songs. Choose another folder.`);
  return index;
}

/** The file is our own; this only keeps a stranger's from being taken for it. */
const isIndex = (value: unknown): value is CorpusIndex =>
  typeof value === "object" && value !== null && "version" in value && "songs" in value && Array.isArray(value.songs);

export function writeIndex(folder: string, index: CorpusIndex): void {
  const file = openPartFile(join(folder, indexFile));
  file.append(Buffer.from(`${JSON.stringify(index, null, 1)}\n`));
  file.close();
}

/** Files take their name when they are whole, so a right size is a whole song. */
export function isComplete(folder: string, song: CorpusSong): boolean {
  const path = join(folder, song.file);
  const told = !isTimed(song) || existsSync(wordsPath(folder, song));
  return told && existsSync(path) && statSync(path).size === headerBytes + song.samples * 2;
}

export const wordsPath = (folder: string, { id }: Pick<CorpusSong, "id">): string => join(folder, `${id}.words.json`);

/** What is sung, and when, where that is known. */
export const sungIn = (folder: string, song: CorpusSong): SungWords | undefined =>
  isTimed(song) ? readWords(wordsPath(folder, song)) : undefined;

/** The songs of a finished corpus. */
export function readCorpus(folder: string): readonly CorpusSong[] {
  const index = readIndex(folder);
  if (!index) throw new UserError(`There is no corpus in "${folder}". Make one first.`);
  const missing = index.songs.filter((song) => !isComplete(folder, song)).length;
  if (missing > 0) throw new UserError(`The corpus in "${folder}" lacks ${missing} songs. Make it again: it goes on.`);
  return index.songs;
}

/** Samples of a song, −1 … 1; shorter than `count` only at its end. Nothing else of the file is read. */
export function readSamples(folder: string, song: CorpusSong, from = 0, count = song.samples): Float32Array {
  return openWav(join(folder, song.file)).read(from, count);
}
