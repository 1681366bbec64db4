/** Scores for tests: every pair in every mood, with three seeds. */

import { type Band, bandNamed, type Genre } from "../../src/corpus/bands.ts";
import { compose } from "../../src/corpus/compose.ts";
import { pairs } from "../../src/corpus/plan.ts";
import { type Mood, moods, type Note, type Part, type Score, ticksPerBar } from "../../src/corpus/score.ts";

export interface Composed {
  readonly artist: string;
  readonly genre: Genre;
  readonly mood: Mood;
  readonly seed: number;
  readonly band: Band;
  readonly score: Score;
  /** For assertion messages. */
  readonly name: string;
}

export const composed = (artist: string, genre: Genre, mood: Mood, seed: number, seconds = 60): Composed => ({
  artist,
  genre,
  mood,
  seed,
  band: bandNamed(artist),
  score: compose({ artist, genre, mood, seconds, seed }),
  name: `${artist}, ${genre}, ${mood}, seed ${seed}`,
});

export const every: readonly Composed[] = pairs.flatMap(({ artist, genre }) =>
  moods.flatMap((mood) => [1, 2, 3].map((seed) => composed(artist, genre, mood, seed))),
);

export const part = (score: Score, role: Part["role"]): Part | undefined =>
  score.parts.find((one) => one.role === role);

/** Notes that start in a bar. */
export const inBar = (notes: readonly Note[], bar: number): Note[] =>
  notes.filter(({ tick }) => Math.floor(tick / ticksPerBar) === bar);

export const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
