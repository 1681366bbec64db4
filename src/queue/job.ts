/** What a job is: a request as plain data that outlives the process, and the states that it goes through. */
import type { Failure } from "../errors.ts";
import type { Order } from "../song/order.ts";

/** Whose job it is: a user's, in a guild whose members listen together. */
export interface Requester {
  readonly guildId: string;
  readonly userId: string;
}

/**
 * All that is needed to generate a song and post it, now or after a restart. Of the reply, the queue only knows whose it is;
 * how an answer gets there is known to those who made it.
 */
export interface Request<Reply extends Requester = Requester> {
  readonly order: Order;
  readonly reply: Reply;
  /** What the user should know beforehand. */
  readonly warning?: string;
}

/** How far a song has come. */
export interface Progress {
  /** Share of each level's codes that exist, 0 … 1, finest first. */
  readonly levels: readonly number[];
  /** Until all codes exist; unknown at first. */
  readonly secondsLeft?: number;
  /** When playback starts, or resumes (`again`), if it waits so as not to run out; an estimate. */
  readonly playsIn?: { readonly seconds: number; readonly again: boolean };
  /** The line of the lyrics that is sung now. */
  readonly line?: string;
  /** Where it is played, or why it is not. */
  readonly note?: string;
}

export type JobState =
  /** `ahead` songs come first; the note says what else it waits for. */
  | { readonly status: "waiting"; readonly ahead: number; readonly note?: string }
  | { readonly status: "generating"; readonly progress: Progress }
  /** Generated, and perhaps still playing. */
  | { readonly status: "playing"; readonly line?: string; readonly note?: string }
  | { readonly status: "done"; readonly note?: string }
  | { readonly status: "failed"; readonly failure: Failure }
  | { readonly status: "cancelled" };

/** Whether no other state follows. */
export const isFinal = ({ status }: JobState): boolean =>
  status === "done" || status === "failed" || status === "cancelled";

/** A job as it is stored. */
export interface SavedJob<Reply extends Requester = Requester> {
  readonly id: string;
  readonly request: Request<Reply>;
}

/** A job as it was when the queue was asked. */
export interface JobView<Reply extends Requester = Requester> extends SavedJob<Reply> {
  readonly state: JobState;
}

/** What a queue needs of a store. */
export interface JobStore<Reply extends Requester = Requester> {
  /** `codes` are those of a file that the song begins with, by level. */
  add(job: SavedJob<Reply>, codes?: readonly Uint16Array[]): void;
  /** All unfinished jobs, oldest first. */
  open(): readonly SavedJob<Reply>[];
  remove(id: string): void;
}

/** Why a job's signal was aborted: someone cancelled it, for good. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/** Why a job's signal was aborted: the bot shuts down, and the job is resumed when it starts again. */
export class Closing extends Error {
  override readonly name = "Closing";
}
