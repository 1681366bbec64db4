/** A whole song from what someone said of it: what was left out is filled in. */
import { randomInt } from "node:crypto";
import { checkNumbers, seeds } from "./check-numbers.ts";
import { beatFor, scatter } from "./habits.ts";
import type { Song, SongOptions } from "./song.ts";
import { spelled, topRule, type Vocabulary } from "./vocabulary.ts";

const usualSeconds = 20;
/** Of the song that a released model's 20 s are the beginning of: what it was taught with is as long. */
const usualWholeSeconds = 180;
const usualTemperature = 1;

/** Fills in what was left out: a seed by chance, all else so that the same seed gives the same song. */
export function songFrom(options: SongOptions, vocabulary: Vocabulary): Song {
  const { minSeconds, maxSeconds } = vocabulary;
  const seed = options.seed ?? randomInt(seeds);
  const seconds = options.seconds ?? Math.min(maxSeconds, Math.max(minSeconds, usualSeconds));
  const whole =
    options.totalSeconds ?? (topRule(vocabulary) === "own" ? undefined : Math.max(usualWholeSeconds, seconds));
  const numbers = {
    seconds,
    ...(whole !== undefined && { totalSeconds: whole }),
    temperature: options.temperature ?? usualTemperature,
    ...(options.sampling && { sampling: options.sampling }),
    seed,
  };
  checkNumbers(numbers, vocabulary);
  const band = bandFor(options, seed, vocabulary);
  return {
    ...band,
    ...numbers,
    ...beatFor(options, band, seed, vocabulary),
    ...(options.lyrics !== undefined && { lyrics: options.lyrics }),
  };
}

/** Genre and artist as the model spells them; the missing one from the bands that fit the given one. */
function bandFor(options: SongOptions, seed: number, vocabulary: Vocabulary): Pick<Song, "genre" | "artist"> {
  const { artists, genres, bands } = vocabulary;
  const artist = options.artist ? spelled("artist", options.artist, vocabulary) : undefined;
  const genre = options.genre ? spelled("genre", options.genre, vocabulary) : undefined;
  const matching = bands.filter(
    (band) => (artist ?? band.artist) === band.artist && (genre ?? band.genre) === band.genre,
  );
  const singing = options.lyrics === undefined ? [] : matching.filter(({ metre }) => metre?.sings);
  const fitting = singing.length > 0 ? singing : matching;
  const band = fitting[scatter(seed) % fitting.length];
  return { genre: genre ?? band?.genre ?? genres[0]!, artist: artist ?? band?.artist ?? artists[0]! };
}
