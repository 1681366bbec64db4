/** What every format looks like once it is opened: a sample rate, and sound that comes piece by piece. */
import { BrokenSound, refuse } from "../broken.ts";

export interface Source {
  readonly sampleRate: number;
  /** Samples of each channel that the file says it holds, if it says so. */
  readonly samples?: number;
  /** The sound in order, channel by channel, each piece a few megabytes at most; throws a BrokenSound where it is damaged. */
  chunks(): Iterable<readonly Float32Array[]>;
}

/** Refuses what no sound has, before anything is made for it. */
export function checkFormat(sampleRate: number, channels: number): void {
  if (sampleRate < 1000 || sampleRate > 384_000) refuse(`has ${sampleRate} samples a second; I read 1000 to 384000`);
  if (channels < 1 || channels > 8) refuse(`has ${channels} channels; I read 1 to 8`);
}

/** Whatever a decoder throws at hostile bytes, the bytes are to blame. */
export function decoding<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw cause instanceof BrokenSound ? cause : new BrokenSound("can't be decoded", { cause });
  }
}
