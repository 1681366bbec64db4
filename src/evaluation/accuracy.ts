/** How often guesses are right, how sure that is, and what is taken for what. */

export interface Labelled {
  readonly artist: string;
  readonly genre: string;
  /** Where moods are known. */
  readonly mood?: string;
}

export interface Prediction {
  readonly truth: Labelled;
  readonly prediction: Labelled;
  /** Clips of one song are no independent witnesses: together they count as one. */
  readonly song: string;
}

/** A share, with the bounds it lies between in 95 of 100 cases. */
export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

export interface Accuracy {
  readonly clips: number;
  /** Independent ones: what the bounds are made for. */
  readonly songs: number;
  readonly genre: Share;
  readonly artist: Share;
  /** Genre and artist. */
  readonly both: Share;
  /** Where every clip has a mood. */
  readonly mood?: Share;
  /** What always guessing this set's most frequent genre, artist, pair or mood would reach. */
  readonly chance: {
    readonly genre: number;
    readonly artist: number;
    readonly both: number;
    readonly mood?: number;
  };
}

/** Wilson's bounds for a share of `count` independent trials. */
export function wilson(share: number, count: number): Share {
  const z = 1.959964;
  const denominator = 1 + z ** 2 / count;
  const middle = (share + z ** 2 / (2 * count)) / denominator;
  const reach = (z / denominator) * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  return { share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}

/** Each clip counts alike; the bounds are those of as many trials as there are songs. */
export function accuracyOf(predictions: readonly Prediction[]): Accuracy {
  if (predictions.length === 0) throw new Error("there are no guesses to count");
  const songs = new Set(predictions.map(({ song }) => song)).size;
  const share = (right: (prediction: Prediction) => boolean): Share =>
    wilson(predictions.filter(right).length / predictions.length, songs);
  const genre = ({ truth, prediction }: Prediction): boolean => truth.genre === prediction.genre;
  const artist = ({ truth, prediction }: Prediction): boolean => truth.artist === prediction.artist;
  const moods = predictions.flatMap(({ truth }) => truth.mood ?? []);
  const moody = moods.length === predictions.length;
  return {
    clips: predictions.length,
    songs,
    genre: share(genre),
    artist: share(artist),
    both: share((prediction) => genre(prediction) && artist(prediction)),
    ...(moody && { mood: share(({ truth, prediction }) => truth.mood === prediction.mood) }),
    chance: {
      genre: mostFrequent(predictions.map(({ truth }) => truth.genre)),
      artist: mostFrequent(predictions.map(({ truth }) => truth.artist)),
      both: mostFrequent(predictions.map(({ truth }) => `${truth.artist}\n${truth.genre}`)),
      ...(moody && { mood: mostFrequent(moods) }),
    },
  };
}

function mostFrequent(labels: readonly string[]): number {
  return (
    Math.max(
      ...Map.groupBy(labels, (label) => label)
        .values()
        .map(({ length }) => length),
    ) / labels.length
  );
}

/** How often each true class (rows) was taken for each class (columns). */
export interface Confusion {
  readonly classes: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

export function confusionOf(
  predictions: readonly Prediction[],
  kind: keyof Labelled,
  classes: readonly string[],
): Confusion {
  const counts = classes.map((row) =>
    classes.map(
      (column) =>
        predictions.filter(({ truth, prediction }) => truth[kind] === row && prediction[kind] === column).length,
    ),
  );
  return { classes, counts };
}
