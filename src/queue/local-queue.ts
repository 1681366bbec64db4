/** The queue of one process: jobs in memory, mirrored in a store, in which it finds what an earlier run left. */
import { randomBytes } from "node:crypto";
import { packError, UserError } from "../errors.ts";
import {
  Cancelled,
  Closing,
  type JobState,
  type JobStore,
  type JobView,
  type Request,
  type Requester,
  type SavedJob,
} from "./job.ts";
import { type Queue, type QueueLimits, refuseIfFull, type WatchOptions } from "./queue.ts";
import { WatchedJob } from "./watched-job.ts";

/** What a job can do while it is its turn. */
export interface Turn {
  /** Aborted with `Cancelled` or `Closing`. */
  readonly signal: AbortSignal;
  /** Aborted with `Closing` only: for what must be finished even if the song is cancelled. */
  readonly closing: AbortSignal;
  report(state: JobState): void;
  /** All is generated: the next song may begin while this one still plays. */
  generated(): void;
}

/** Does a job's work; what it returns becomes the final state. */
export type Perform<Reply extends Requester> = (
  job: SavedJob<Reply>,
  turn: Turn,
) => Promise<{ readonly note?: string }>;

export interface QueueOptions extends QueueLimits {
  /** Songs that are generated at the same time. */
  readonly capacity: number;
  /** Whether another job may start beside so many that are being generated; asked again every second. Yes if left out. */
  readonly admits?: (generating: number) => boolean;
  /** Called with the error of a job that failed. */
  readonly onFailure?: (jobId: string, error: unknown) => void;
  /** Called when the store can't remove a job that is over; that is tried again later. */
  readonly onStoreError?: (jobId: string, error: unknown) => void;
}

/** So many jobs that are over can still be watched: one may end before anyone has begun to. */
const endedJobs = 100;

const ADMIT_AGAIN_MS = 1000;

export class LocalQueue<Reply extends Requester> implements Queue<Reply> {
  readonly #store: JobStore<Reply>;
  readonly #perform: Perform<Reply>;
  readonly #options: QueueOptions;
  readonly #jobs: WatchedJob<Reply>[];
  readonly #ended: WatchedJob<Reply>[] = [];
  readonly #closing = new AbortController();
  /** Jobs that are over and still in the store. */
  readonly #unremoved = new Set<string>();
  #admitAgain: NodeJS.Timeout | undefined;

  constructor(store: JobStore<Reply>, perform: Perform<Reply>, options: QueueOptions) {
    this.#store = store;
    this.#perform = perform;
    this.#options = options;
    this.#jobs = store.open().map(({ id, request }) => new WatchedJob(id, request));
  }

  /** Starts the jobs of an earlier run; those added before wait for this, too. */
  start(): void {
    this.#startNext();
  }

  async add(request: Request<Reply>, codes?: readonly Uint16Array[]): Promise<JobView<Reply>> {
    this.#refuseIfFull(request.reply.userId);
    if (this.#unremoved.size > 0) this.#removeEnded();
    const job = new WatchedJob(randomBytes(4).toString("hex"), request);
    this.#store.add({ id: job.id, request }, codes);
    this.#jobs.push(job);
    this.#startNext();
    return job.view;
  }

  async checkRoom(userId: string): Promise<void> {
    this.#refuseIfFull(userId);
  }

  async list(guildId?: string): Promise<readonly JobView<Reply>[]> {
    const jobs = this.#jobs.filter(({ request }) => guildId === undefined || request.reply.guildId === guildId);
    const [waiting, started] = [jobs.filter(isWaiting), jobs.filter((job) => !isWaiting(job))];
    return [...started, ...waiting].map(({ view }) => view);
  }

  async *watch(id: string, options?: WatchOptions): AsyncGenerator<JobState> {
    const job = [...this.#jobs, ...this.#ended].find((one) => one.id === id);
    if (job !== undefined) yield* job.watch(options);
  }

  async cancel(guildId: string, id: string): Promise<boolean> {
    const job = this.#jobs.find((one) => one.id === id && one.request.reply.guildId === guildId);
    if (job === undefined) return false;
    job.abort.abort(new Cancelled("The song was cancelled."));
    if (isWaiting(job)) this.#finish(job, { status: "cancelled" });
    return true;
  }

  async close(): Promise<void> {
    const reason = new Closing("The bot shuts down.");
    this.#closing.abort(reason);
    for (const job of this.#jobs) {
      job.abort.abort(reason);
      job.endWatches();
    }
    await Promise.all(this.#jobs.map((job) => job.work));
    this.#removeEnded();
  }

  #refuseIfFull(userId: string): void {
    if (this.#closing.signal.aborted) throw new UserError("I'm restarting. Please try again in a minute.");
    const own = this.#jobs.filter(({ request }) => request.reply.userId === userId).length;
    refuseIfFull(own, this.#jobs.filter(isWaiting).length, this.#options);
  }

  /** Starts the first jobs that may start, and reports to the others how many are ahead of them. */
  #startNext(): void {
    if (this.#closing.signal.aborted) return;
    while (this.#generating < this.#options.capacity) {
      const next = this.#nextJob();
      if (next === undefined || !this.#isAdmitted()) break;
      next.phase = "generating";
      next.work = this.#work(next);
    }
    for (const [place, job] of this.#jobs.filter(isWaiting).entries()) {
      const ahead = place + this.#generating;
      const { state } = job.view;
      if (state.status !== "waiting" || state.ahead !== ahead) job.report({ status: "waiting", ahead });
    }
  }

  get #generating(): number {
    return this.#jobs.filter(({ phase }) => phase === "generating").length;
  }

  /** The first job is always admitted; for further ones, the question is asked again in a while. */
  #isAdmitted(): boolean {
    const { admits = () => true } = this.#options;
    if (this.#generating === 0 || admits(this.#generating)) return true;
    clearTimeout(this.#admitAgain);
    this.#admitAgain = setTimeout(() => this.#startNext(), ADMIT_AGAIN_MS).unref();
    return false;
  }

  /** The first waiting job of a guild that has none at work. */
  #nextJob(): WatchedJob<Reply> | undefined {
    const busy = new Set(this.#jobs.filter((job) => !isWaiting(job)).map(({ request }) => request.reply.guildId));
    return this.#jobs.find((job) => isWaiting(job) && !busy.has(job.request.reply.guildId));
  }

  async #work(job: WatchedJob<Reply>): Promise<void> {
    const turn: Turn = {
      signal: job.abort.signal,
      closing: this.#closing.signal,
      report: (state) => job.report(state),
      generated: () => {
        job.phase = "playing";
        this.#startNext();
      },
    };
    const state = await this.#outcome(job, turn);
    if (state !== undefined) this.#finish(job, state);
  }

  /** The job's final state; none if the queue closes, since the store still has the job. */
  async #outcome(job: WatchedJob<Reply>, turn: Turn): Promise<JobState | undefined> {
    try {
      return { status: "done", ...(await this.#perform({ id: job.id, request: job.request }, turn)) };
    } catch (error) {
      if (this.#closing.signal.aborted) return undefined;
      if (job.abort.signal.aborted) return { status: "cancelled" };
      this.#options.onFailure?.(job.id, error);
      return { status: "failed", failure: packError(error) };
    }
  }

  /** Ends a job that is in the queue, and only that; never throws. */
  #finish(job: WatchedJob<Reply>, state: JobState): void {
    const place = this.#jobs.indexOf(job);
    if (place === -1) return;
    this.#jobs.splice(place, 1);
    this.#ended.push(job);
    if (this.#ended.length > endedJobs) this.#ended.shift();
    this.#unremoved.add(job.id);
    this.#removeEnded();
    job.report(state);
    this.#startNext();
  }

  /** Removes from the store what is over; what the disk refuses is tried again each time a job ends. */
  #removeEnded(): void {
    for (const id of this.#unremoved)
      try {
        this.#store.remove(id);
        this.#unremoved.delete(id);
      } catch (error) {
        this.#options.onStoreError?.(id, error);
      }
  }
}

const isWaiting = ({ phase }: { readonly phase: string }): boolean => phase === "waiting";
