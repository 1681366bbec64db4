/** Jobs in order: as many songs are generated at once as the engine can, and a guild listens to one at a time. */
import { UserError } from "../errors.ts";
import type { JobState, JobView, Request, Requester } from "./job.ts";

export interface WatchOptions {
  /** Least time between two states, but for the final one, which comes at once. */
  readonly everyMs?: number;
}

/** Where requests become jobs. All that goes in and comes out is data, so that a queue in another process fits as well. */
export interface Queue<Reply extends Requester = Requester> {
  /** Throws a UserError if too many wait already. `codes` are those of a file that the song begins with, by level. */
  add(request: Request<Reply>, codes?: readonly Uint16Array[]): Promise<JobView<Reply>>;
  /** Throws what `add` would throw now: for callers with work to do before they add. */
  checkRoom(userId: string): Promise<void>;
  /** The unfinished jobs of one guild, or of all, those at work first. */
  list(guildId?: string): Promise<readonly JobView<Reply>[]>;
  /**
   * The newest state of a job, whenever it is another one, down to the final one. Ends without a final state when the queue
   * closes, and at once for a job that is not known, or no longer.
   */
  watch(id: string, options?: WatchOptions): AsyncIterable<JobState>;
  /** Stops a job of this guild, whatever its state; false if there is none. */
  cancel(guildId: string, id: string): Promise<boolean>;
  /** Stops all work without forgetting it. */
  close(): Promise<void>;
}

export interface QueueLimits {
  /** Jobs that may wait, of all users. */
  readonly waiting: number;
  /** Unfinished jobs of one user. */
  readonly perUser: number;
}

/** Refuses one more job of a user who has `own` of them, while `waiting` jobs of all users wait. */
export function refuseIfFull(own: number, waiting: number, limits: QueueLimits): void {
  if (own >= limits.perUser)
    throw new UserError(
      `You have ${own} ${own === 1 ? "song" : "songs"} in the queue already. Wait until one is finished, or /cancel one.`,
    );
  if (waiting >= limits.waiting)
    throw new UserError(`The queue is full: ${waiting} songs wait already. Try again in a few minutes.`);
}
