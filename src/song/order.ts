/** An order: all that says which song is to be generated. Plain data, without a word on who asked for it or where it goes. */
import type { Song } from "./song.ts";

/** What a song begins with. */
export type Prompt = (
  | {
      /** A clip, or a candidate of one; its codes are copied to the job when the job is stored. */
      readonly clipId: string;
    }
  | {
      /** Name of a user's sound file; its codes are stored with the job. */
      readonly file: string;
      /** Whether it is the whole song at the coarsest level, of which the finer levels are generated. */
      readonly isUpsampled?: boolean;
    }
) & {
  /** How much of it there is at all levels. */
  readonly seconds: number;
  /** How many codes of the song are the prompt's, by level. */
  readonly codes: readonly number[];
};

/** The song stands here in words alone: its labels follow from them when it is generated. */
export interface Order {
  readonly song: Song;
  /** Name of the model: codes mean nothing to another one. */
  readonly model: string;
  readonly prompt?: Prompt;
  /** Number of candidates to generate instead of a song: the coarsest level of each, with seeds that count up from the song's. */
  readonly candidates?: number;
  /** Opus bits per second of the file. */
  readonly bitrate: number;
}
