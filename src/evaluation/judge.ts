/** Who tells genres, bands and moods by ear: learns from songs trained on, and guesses clips it never heard. */
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
  /** None if a clip that it learned from had no mood. */
  readonly moods: readonly string[];
  guess(clip: Listened): Guess;
}

export function listen({ sound, ...labels }: Stretch, sampleRate: number): Listened {
  const { features, pulse } = hear(sound, sampleRate);
  return { ...labels, features, pulse };
}

export function learnJudge(clips: readonly Listened[]): Judge {
  const byGenre = learnClasses(clips.map(({ features, genre }) => ({ features, label: genre })));
  const byArtist = learnClasses(clips.map(({ features, artist }) => ({ features, label: artist })));
  const moods = clips.flatMap(({ features, mood }) => (mood === undefined ? [] : [{ features, label: mood }]));
  const byMood = moods.length === clips.length ? learnClasses(moods) : undefined;
  return {
    artists: byArtist.classes,
    genres: byGenre.classes,
    moods: byMood?.classes ?? [],
    guess: ({ song, features, artist, genre, mood }) => ({
      song,
      truth: { artist, genre, ...(mood !== undefined && { mood }) },
      guess: {
        artist: byArtist.guess(features),
        genre: byGenre.guess(features),
        ...(byMood && { mood: byMood.guess(features) }),
      },
    }),
  };
}
