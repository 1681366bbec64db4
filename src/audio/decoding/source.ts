/** An opened sound file of any format: a sample rate, and sound in pieces. */

/** Sound, or a gap. */
export type Piece =
  | {
      /** Of equal length, a few megabytes at most; the number of channels may change between pieces. */
      readonly channels: readonly Float32Array[];
      /** If it differs from the source's, as in concatenated files. */
      readonly sampleRate?: number;
    }
  | {
      /** Missing seconds; 0 if unknown. */
      readonly lost: number;
    };

export interface Source {
  readonly sampleRate: number;
  /** Declared samples per channel, which may be wrong. */
  readonly samples?: number;
  /** What is known to be missing on opening: sentences that name the file. */
  readonly warnings?: readonly string[];
  /** The sound in order, as far as it can be decoded. */
  pieces(): Iterable<Piece> | AsyncIterable<Piece>;
}

/** Undefined if `work` throws: decoders may throw anything for damaged input. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
