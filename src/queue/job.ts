/** What a job is: a request as plain data that outlives the process, and the states it goes through. */
import type { Song } from "../song/song.ts";

/** Where a request came from and where its song goes back to. */
export interface Reply {
  readonly applicationId: string;
  readonly guildId: string;
  readonly channelId: string;
  readonly userId: string;
  /** Lets the first answer be edited until `tokenEndsAt` (milliseconds since 1970). */
  readonly token: string;
  readonly tokenEndsAt: number;
  /** The message that tells how the job stands, once there is one: through the token, or in the channel. */
  readonly status?: StatusMessage;
}

/** A message that tells how a job stands: Discord lets it be edited by the road it was sent on. */
export interface StatusMessage {
  readonly via: "token" | "channel";
  readonly id: string;
}

/** What a song begins with. */
export type Prompt = (
  | {
      /** A clip, or a candidate of one; its codes are copied to the job when the job is stored. */
      readonly clipId: string;
    }
  | {
      /** Name of someone's sound file; its codes are stored with the job. */
      readonly file: string;
    }
) & {
  /** How much of it there is at all levels: that was heard before. */
  readonly seconds: number;
  /** How many codes of the song are the prompt's, by level. */
  readonly codes: readonly number[];
};

/**
 * All that is needed to make a song and hand it over, now or after a restart. The song stands here in words alone: its labels
 * follow from them when it is made. Requests of earlier versions have labels of that time as well, which nobody reads.
 */
export interface Request {
  readonly song: Song;
  /** Name of the model: codes mean nothing to another one. */
  readonly model: string;
  readonly prompt?: Prompt;
  /** So many candidates are wanted, not yet a song: the coarsest level of each, with seeds that count up from the song's. */
  readonly candidates?: number;
  /** Opus bits a second of the file. */
  readonly bitrate: number;
  readonly reply: Reply;
  /** What the user should know beforehand. */
  readonly warning?: string;
}

/** How far a song has come. */
export interface Progress {
  /** Share of each level's codes that is made, 0 … 1, finest first. */
  readonly levels: readonly number[];
  /** Until it is made; unknown at first. */
  readonly secondsLeft?: number;
  /** Of a song that is not played yet, or pauses, because it would run out: when it is, as far as can be told. */
  readonly playsIn?: { readonly seconds: number; readonly again: boolean };
  /** The line of its lyrics that is sung now. */
  readonly line?: string;
  /** Where it is heard, or why it is not. */
  readonly note?: string;
}

export type JobState =
  /** `ahead` songs come first; the note says what else it waits for. */
  | { readonly status: "waiting"; readonly ahead: number; readonly note?: string }
  | { readonly status: "making"; readonly progress: Progress }
  /** Made, and perhaps still sounding. */
  | { readonly status: "playing"; readonly line?: string; readonly note?: string }
  | { readonly status: "done"; readonly note?: string }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "cancelled" };

/** True of a state that no other follows. */
export const isFinal = ({ status }: JobState): boolean =>
  status === "done" || status === "failed" || status === "cancelled";

/** A request in the queue. */
export interface Job {
  readonly id: string;
  readonly request: Request;
  readonly state: JobState;
  /**
   * The newest state, whenever it is another one, at most every `everyMs`; the final one comes at once and is the
   * last. Ends without a final state when the queue closes.
   */
  states(options?: { readonly everyMs?: number }): AsyncIterable<JobState>;
}

/** A job as it is stored. */
export interface SavedJob {
  readonly id: string;
  readonly request: Request;
}

/** What a queue needs of a store. */
export interface JobStore {
  /** `codes` are those of a file that the song begins with, by level. */
  add(job: SavedJob, codes?: readonly Uint16Array[]): void;
  /** All jobs that are not finished, oldest first. */
  open(): readonly SavedJob[];
  remove(id: string): void;
}

/** Why a job's signal was aborted: someone cancelled it, for good. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/** Why a job's signal was aborted: the house shuts, and the job goes on when it opens again. */
export class Closing extends Error {
  override readonly name = "Closing";
}
