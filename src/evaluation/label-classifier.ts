/** Classifies genre, artist and mood of a clip: three logistic regressions on its features, fitted on training songs. */
import type { Labelled, Prediction } from "./accuracy.ts";
import type { Stretch } from "./clips.ts";
import { analyse } from "./features.ts";
import { fitLogisticRegression } from "./logistic-regression.ts";

export interface ClipFeatures extends Labelled {
  readonly song: string;
  readonly features: Float32Array;
  readonly pulse: number;
}

export interface LabelClassifier {
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  /** Empty if a training clip had no mood. */
  readonly moods: readonly string[];
  guess(clip: ClipFeatures): Prediction;
}

export function clipFeatures({ sound, ...labels }: Stretch, sampleRate: number): ClipFeatures {
  const { features, pulse } = analyse(sound, sampleRate);
  return { ...labels, features, pulse };
}

export function trainLabelClassifier(clips: readonly ClipFeatures[]): LabelClassifier {
  const byGenre = fitLogisticRegression(clips.map(({ features, genre }) => ({ features, label: genre })));
  const byArtist = fitLogisticRegression(clips.map(({ features, artist }) => ({ features, label: artist })));
  const moods = clips.flatMap(({ features, mood }) => (mood === undefined ? [] : [{ features, label: mood }]));
  const byMood = moods.length === clips.length ? fitLogisticRegression(moods) : undefined;
  return {
    artists: byArtist.classes,
    genres: byGenre.classes,
    moods: byMood?.classes ?? [],
    guess: ({ song, features, artist, genre, mood }) => ({
      song,
      truth: { artist, genre, ...(mood !== undefined && { mood }) },
      prediction: {
        artist: byArtist.guess(features),
        genre: byGenre.guess(features),
        ...(byMood && { mood: byMood.guess(features) }),
      },
    }),
  };
}
