/** A song in the user's words, and the same song as the numbers the priors know. */

/** What was asked for, in the user's words; everything needed to make the same song again. */
export interface Song {
  readonly genre: string;
  readonly artist: string;
  /** Length of the whole song in seconds, a prompt included. */
  readonly seconds: number;
  /** 0 … 2³² − 1. */
  readonly seed: number;
  /** 0 is greedy, 1 is the model's own distribution. */
  readonly temperature: number;
}

/** The song as numbers: ids are rows of the model's embeddings (spec 3.1); id 0 is "unknown". */
export interface Labels {
  readonly artist: number;
  readonly genres: readonly number[];
  /** Length of the whole song in seconds: the timing embedding needs it. */
  readonly totalSeconds: number;
}
