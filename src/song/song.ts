/** A song in the user's words, and the same song as the numbers the priors know. */
import type { Metre } from "../music/metre.ts";
import type { Sampling } from "./sampling.ts";
import type { SungPlan } from "./sung-plan.ts";

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

/** The part of the labels that a level is told: none but the coarsest hears of the lyrics. */
export function labelsAt(
  { levels, lyrics, lines: _, unsung: _unsung, notes: _notes, ...song }: Labels,
  level: number,
): LevelPart {
  const own = levels[level];
  if (own === undefined) throw new RangeError(`labels for ${levels.length} levels, and none for level ${level}`);
  return { ...song, ...own, ...(lyrics && level === levels.length - 1 && { lyrics }) };
}
