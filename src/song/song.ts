/** A song in the user's words, and the same song as the numbers the priors know. */
import { randomInt } from "node:crypto";
import { UserError } from "../errors.ts";
import { lyricIds } from "../lyrics/lyrics.ts";
import { transliterationNote } from "../lyrics/scripts.ts";
import { type Metre, metreOf, moodAlone } from "../music/metre.ts";
import { beatFor, harmonyFor, loudnessFor, scatter } from "./habits.ts";
import { momentNamed } from "./mood.ts";
import { checkSampling, type Sampling } from "./sampling.ts";
import { checkBand, checkSinger, planSinging, plansSinging, type SungPlan, walking } from "./sung-plan.ts";
import { numbered, spelled, topRule, type Vocabulary } from "./vocabulary.ts";

/** What was asked for, in the user's words; everything needed to make the same song again. */
export interface Song extends Sampling {
  readonly genre: string;
  readonly artist: string;
  /** Length of what is made in seconds, a prompt included. */
  readonly seconds: number;
  /** Length of the song that it is the beginning of; left out, it is whole. */
  readonly totalSeconds?: number;
  /** Of the whole song. */
  readonly lyrics?: string;
  /** 0 … 2³² − 1. */
  readonly seed: number;
  /** Grains a tick and key, where the model counts beats. */
  readonly tempo?: number;
  readonly key?: string;
  /** Of the whole song, where the model knows moods and dynamics; without dynamics it goes as its form does. */
  readonly mood?: string;
  readonly dynamics?: string;
  /** Bars that all parts go round through, "Am | Dm7 G7 | C", where the model knows chords; else those of genre and mood. */
  readonly chords?: string;
}

/** Rows of one level's label embeddings (spec 3.1); id 0 is "unknown". */
export interface LevelLabels {
  readonly artist: number;
  /** A bag: their embeddings are summed. */
  readonly genres: readonly number[];
}

/** The song as numbers. */
export interface Labels {
  /** Finest first: the levels of a model may number names differently. */
  readonly levels: readonly LevelLabels[];
  /** Length of the whole song in seconds, of which less may be made: the timing embedding needs it. */
  readonly totalSeconds: number;
  /** Ids of the whole song's lyrics; each window is told its part of them (spec 5). */
  readonly lyrics?: readonly number[];
  /** Beats, parts and key, for a model that is told of them, and what is sung when. */
  readonly metre?: Metre;
  /** The lines that are sung, where that is planned. */
  readonly lines?: SungPlan["lines"];
  /** How many more lines there would be, if the song were longer. */
  readonly unsung?: number;
  /** What the user should know of how the lyrics are sung: sentences. */
  readonly notes?: readonly string[];
}

/** What one level is told of the labels. */
export type LevelPart = LevelLabels & Omit<Labels, "levels" | "lines" | "unsung" | "notes">;

/** What a user may leave out. */
export type SongOptions = { readonly [Key in keyof Song]?: Song[Key] | undefined };

const seeds = 2 ** 32;
const usualSeconds = 20;
/** Of the song that a released model's 20 s are the beginning of: what it was taught with is as long. */
const usualWholeSeconds = 180;
const usualTemperature = 1;

/** The song as numbers, for a model that knows it; names it doesn't know and numbers out of range are refused. */
export function labelsFor(song: Song, vocabulary: Vocabulary): Labels {
  checkNumbers(song, vocabulary);
  const names = {
    artist: spelled("artist", song.artist, vocabulary),
    genre: spelled("genre", song.genre, vocabulary),
  };
  return {
    levels: vocabulary.rules.map((rule) => numbered(names, rule, vocabulary)),
    totalSeconds: song.totalSeconds ?? song.seconds,
    ...metreFor(song, vocabulary),
    ...(song.lyrics !== undefined && !plansSinging(vocabulary) && readLyrics(song.lyrics, vocabulary)),
  };
}

/** For a model that reads lyrics itself, in its own characters. */
function readLyrics(text: string, { lyrics: set }: Vocabulary): Pick<Labels, "lyrics" | "notes"> {
  return { lyrics: lyricIds(text, set), ...noted(transliterationNote(text)) };
}

const noted = (notes: readonly string[]): Pick<Labels, "notes"> => (notes.length > 0 ? { notes } : {});

/** The part of the labels that a level is told: none but the coarsest hears of the lyrics. */
export function labelsAt(
  { levels, lyrics, lines: _, unsung: _unsung, notes: _notes, ...song }: Labels,
  level: number,
): LevelPart {
  const own = levels[level];
  if (own === undefined) throw new RangeError(`labels for ${levels.length} levels, and none for level ${level}`);
  return { ...song, ...own, ...(lyrics && level === levels.length - 1 && { lyrics }) };
}

/** The song's beats, in the form of its band, or of the first that plays this genre. */
function metreFor(song: Song, vocabulary: Vocabulary): SongMetre {
  const { artist, genre, tempo, key, mood, dynamics, seconds, totalSeconds = seconds } = song;
  const { metre: rules, bands, sampleRate } = vocabulary;
  const players = bands.filter((band) => band.genre === genre);
  const band = (players.find((player) => player.artist === artist) ?? players[0])?.metre;
  const spirit = {
    ...(mood !== undefined && { mood: momentNamed("mood", mood, rules) }),
    ...(dynamics !== undefined && { dynamics: momentNamed("dynamics", dynamics, rules) }),
  };
  if (song.lyrics !== undefined) checkSinger(vocabulary);
  if (!rules || !band || tempo === undefined || key === undefined) return beatless(song, spirit, vocabulary);
  const played = { ...song, ...spirit };
  const manner = { ...harmonyFor(played, key, vocabulary), ...loudnessFor(played, vocabulary) };
  const metre = metreOf(rules, band, { tempo, key, ...spirit, ...manner, seconds: totalSeconds, sampleRate });
  if (!rules.phones) return { metre };
  const length = { samples: Math.round(totalSeconds * sampleRate), sampleRate };
  if (song.lyrics === undefined) return { metre: band.sings ? metre : { ...metre, sung: [] } };
  checkBand(artist, vocabulary);
  return planned(metre, planSinging(song.lyrics, metre, rules, length));
}

type SongMetre = Pick<Labels, "metre" | "lines" | "unsung" | "notes">;

const planned = (metre: Metre, { phones, lines, unsung, notes }: SungPlan): SongMetre => ({
  metre: { ...metre, sung: phones },
  lines,
  ...(unsung > 0 && { unsung }),
  ...noted(notes),
});

/** Without a beat, lines follow one another at a walking pace. */
function beatless(
  { lyrics, artist, seconds, totalSeconds = seconds }: Song,
  spirit: Pick<Song, "mood" | "dynamics">,
  vocabulary: Vocabulary,
): SongMetre {
  const { metre: rules, sampleRate } = vocabulary;
  if (!rules) return {};
  const metre = moodAlone(rules, spirit);
  if (lyrics === undefined || !plansSinging(vocabulary)) return spirit.mood || spirit.dynamics ? { metre } : {};
  checkBand(artist, vocabulary);
  const samples = Math.round(totalSeconds * sampleRate);
  return planned(metre, planSinging(lyrics, walking(samples, sampleRate), rules, { samples, sampleRate }));
}

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

type Numbers = Pick<Song, "seconds" | "totalSeconds" | "temperature" | "sampling" | "seed">;

function checkNumbers({ seconds, totalSeconds, seed, ...sampling }: Numbers, vocabulary: Vocabulary) {
  const { minSeconds, maxSeconds } = vocabulary;
  if (!(seconds >= minSeconds && seconds <= maxSeconds)) {
    throw new UserError(`A song lasts ${minSeconds} to ${maxSeconds} seconds, not ${seconds}.`);
  }
  if (totalSeconds !== undefined) checkWhole(totalSeconds, seconds, vocabulary);
  checkSampling(sampling);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < seeds)) {
    throw new UserError(`A seed is a whole number from 0 to ${seeds - 1}, not ${seed}.`);
  }
}

function checkWhole(total: number, seconds: number, { whole }: Vocabulary) {
  const { minSeconds: least, maxSeconds: end } = whole ?? { minSeconds: 0, maxSeconds: 3600 };
  if (!(total >= seconds))
    throw new UserError(`of: must be at least as long as seconds:, and ${total} s is less than ${seconds} s.`);
  if (!(total >= least && total < end))
    throw new UserError(`of: goes from ${least} s to less than ${end} s, not ${total} s.`);
}
