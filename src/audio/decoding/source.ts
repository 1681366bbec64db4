/** What every format looks like once it is opened: a sample rate, and sound that comes piece by piece. */
import { BrokenSound, refuse } from "../broken.ts";

/** Sound, or a place where something could not be read. */
export type Piece =
  | {
      /** Samples of one length, a few megabytes at most; their number may change from piece to piece. */
      readonly channels: readonly Float32Array[];
      /** If it is not that of the source: parts of joined files may differ. */
      readonly sampleRate?: number;
    }
  | {
      /** Seconds that are missing here; 0 if nothing tells how many. */
      readonly lost: number;
    };

export interface Source {
  readonly sampleRate: number;
  /** Samples of each channel that the file says it holds, if it says so: it may be wrong. */
  readonly samples?: number;
  /** What is known to be missing from the start: sentences that name the file. */
  readonly warnings?: readonly string[];
  /** The sound in order, as far as it can be decoded. */
  pieces(): Iterable<Piece> | AsyncIterable<Piece>;
}

/** Refuses what no sound has, before anything is made for it. */
export function checkFormat(sampleRate: number, channels: number): void {
  if (sampleRate < 1000 || sampleRate > 384_000) refuse(`has ${sampleRate} samples a second; I read 1000 to 384000`);
  if (channels < 1 || channels > 8) refuse(`has ${channels} channels; I read 1 to 8`);
}

/** What the work gives, or undefined: whatever a decoder throws at hostile bytes, the bytes are to blame. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof BrokenSound || error instanceof Error) return undefined;
    throw error;
  }
}
