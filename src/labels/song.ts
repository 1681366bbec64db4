/** A song in the user's words, and the same song as the numbers the priors know. */
import { randomInt } from "node:crypto";
import { UserError } from "../errors.ts";
import { checkSampling, type Sampling } from "./sampling.ts";
import { idOf, type Vocabulary } from "./vocabulary.ts";

/** What was asked for, in the user's words; everything needed to make the same song again. */
export interface Song extends Sampling {
  readonly genre: string;
  readonly artist: string;
  /** Length of the whole song in seconds, a prompt included. */
  readonly seconds: number;
  /** 0 … 2³² − 1. */
  readonly seed: number;
}

/** The song as numbers: ids are rows of the model's embeddings (spec 3.1); id 0 is "unknown". */
export interface Labels {
  readonly artist: number;
  readonly genres: readonly number[];
  /** Length of the whole song in seconds: the timing embedding needs it. */
  readonly totalSeconds: number;
}

/** What a user may leave out. */
export type SongOptions = { readonly [Key in keyof Song]?: Song[Key] | undefined };

const seeds = 2 ** 32;
const usualSeconds = 20;
const usualTemperature = 1;

/** The song as numbers, for a model that knows it; names it doesn't know and numbers out of range are refused. */
export function labelsFor(song: Song, vocabulary: Vocabulary): Labels {
  checkNumbers(song, vocabulary);
  return {
    artist: idOf("artist", song.artist, vocabulary.artists),
    genres: [idOf("genre", song.genre, vocabulary.genres)],
    totalSeconds: song.seconds,
  };
}

/** Fills in what was left out: a seed by chance, all else so that the same seed gives the same song. */
export function songFrom(options: SongOptions, vocabulary: Vocabulary): Song {
  const { minSeconds, maxSeconds } = vocabulary;
  const seed = options.seed ?? randomInt(seeds);
  const numbers = {
    seconds: options.seconds ?? Math.min(maxSeconds, Math.max(minSeconds, usualSeconds)),
    temperature: options.temperature ?? usualTemperature,
    ...(options.sampling && { sampling: options.sampling }),
    seed,
  };
  checkNumbers(numbers, vocabulary);
  return { ...bandFor(options, seed, vocabulary), ...numbers };
}

/** Genre and artist as the model spells them; the missing one from the bands that fit the given one. */
function bandFor(options: SongOptions, seed: number, vocabulary: Vocabulary): Pick<Song, "genre" | "artist"> {
  const { artists, genres, bands } = vocabulary;
  const artist = options.artist ? artists[idOf("artist", options.artist, artists)]! : undefined;
  const genre = options.genre ? genres[idOf("genre", options.genre, genres)]! : undefined;
  const fitting = bands.filter(
    (band) => (artist ?? band.artist) === band.artist && (genre ?? band.genre) === band.genre,
  );
  const band = fitting[scatter(seed) % fitting.length];
  return { genre: genre ?? band?.genre ?? genres[0]!, artist: artist ?? band?.artist ?? artists[0]! };
}

/** Neighbouring seeds to numbers far apart (the last steps of MurmurHash3), so that seeds 1, 2, 3 meet all bands. */
function scatter(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function checkNumbers(
  { seconds, seed, ...sampling }: Pick<Song, "seconds" | "temperature" | "sampling" | "seed">,
  vocabulary: Vocabulary,
) {
  const { minSeconds, maxSeconds } = vocabulary;
  if (!(seconds >= minSeconds && seconds <= maxSeconds)) {
    throw new UserError(`A song lasts ${minSeconds} to ${maxSeconds} seconds, not ${seconds}.`);
  }
  checkSampling(sampling);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < seeds)) {
    throw new UserError(`A seed is a whole number from 0 to ${seeds - 1}, not ${seed}.`);
  }
}
