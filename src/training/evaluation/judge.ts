/** Who tells genres and bands by ear: learns from songs trained on, and guesses clips it never heard. */
import type { Guess, Labelled } from "./accuracy.ts";
import { learnClasses } from "./classifier.ts";
import type { Stretch } from "./clips.ts";
import { hear } from "./features.ts";

export interface Listened extends Labelled {
  readonly song: string;
  readonly features: Float32Array;
  readonly pulse: number;
}

export interface Judge {
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  guess(clip: Listened): Guess;
}

export function listen({ song, artist, genre, sound }: Stretch, sampleRate: number): Listened {
  const { features, pulse } = hear(sound, sampleRate);
  return { song, artist, genre, features, pulse };
}

export function learnJudge(clips: readonly Listened[]): Judge {
  const byGenre = learnClasses(clips.map(({ features, genre }) => ({ features, label: genre })));
  const byArtist = learnClasses(clips.map(({ features, artist }) => ({ features, label: artist })));
  return {
    artists: byArtist.classes,
    genres: byGenre.classes,
    guess: ({ song, artist, genre, features }) => ({
      song,
      truth: { artist, genre },
      guess: { artist: byArtist.guess(features), genre: byGenre.guess(features) },
    }),
  };
}
