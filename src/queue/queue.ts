/** Jobs in order: as many songs are made at once as the engine has room for, one in each guild. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { Cancelled, Closing, isFinal, type Job, type JobState, type JobStore, type Request } from "./job.ts";

/** What a job is given while it is its turn. */
export interface Turn {
  /** Aborted with `Cancelled` or `Closing`. */
  readonly signal: AbortSignal;
  /** Aborted with `Closing` only: for what must be finished even if the song is cancelled. */
  readonly closing: AbortSignal;
  tell(state: JobState): void;
  /** The song is made: the next one may be begun while this one still sounds. */
  made(): void;
}

/** Does a job's work; what it returns is told last. */
export type Perform = (job: Job, turn: Turn) => Promise<{ readonly note?: string }>;

/** Where requests become jobs. All answers are promises, so that a queue in another process fits as well. */
export interface Queue {
  /** Throws a UserError if too many wait already. `codes` are those of a file that the song begins with, by level. */
  add(request: Request, codes?: readonly Uint16Array[]): Promise<Job>;
  /** Throws what `add` would throw now: for those who have work to do before they add. */
  checkRoom(userId: string): Promise<void>;
  /** The jobs of one guild that are not finished, those at work first. */
  list(guildId: string): Promise<readonly Job[]>;
  /** Stops a job of this guild, wherever it is in its life; false if there is none. */
  cancel(guildId: string, id: string): Promise<boolean>;
  /** Stops all work without forgetting it. */
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Jobs that may wait, of everyone. */
  readonly waiting: number;
  /** Jobs of one user that may be unfinished. */
  readonly perUser: number;
  /** Jobs that are made at once; 1 if left out. */
  readonly capacity?: number;
  /** Whether another job may begin beside `making` that are being made; asked again every second. Yes if left out. */
  readonly admits?: (making: number) => boolean;
  /** Called when the store keeps a job that is over, which is tried again later. */
  readonly onError?: (jobId: string, error: unknown) => void;
}

const ADMIT_AGAIN_MS = 1000;

/** Jobs kept in this process and mirrored in a store; starts with what the store still holds. */
export class LocalQueue implements Queue {
  readonly #store: JobStore;
  readonly #perform: Perform;
  readonly #limits: QueueOptions;
  readonly #jobs: LocalJob[];
  readonly #closing = new AbortController();
  #again: NodeJS.Timeout | undefined;
  /** Jobs that are over and still in the store. */
  readonly #over = new Set<string>();

  constructor(store: JobStore, perform: Perform, limits: QueueOptions) {
    this.#store = store;
    this.#perform = perform;
    this.#limits = limits;
    this.#jobs = store.open().map(({ id, request }) => new LocalJob(id, request));
  }

  /** All unfinished jobs: at the start, those of an earlier run. */
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** Begins to work; jobs added earlier wait for this. */
  start(): void {
    this.#next();
  }

  async add(request: Request, codes?: readonly Uint16Array[]): Promise<Job> {
    this.#refuseIfFull(request.reply.userId);
    if (this.#over.size > 0) this.#tidy();
    const job = new LocalJob(randomBytes(4).toString("hex"), request);
    this.#store.add({ id: job.id, request }, codes);
    this.#jobs.push(job);
    this.#next();
    return job;
  }

  async checkRoom(userId: string): Promise<void> {
    this.#refuseIfFull(userId);
  }

  async list(guildId: string): Promise<readonly Job[]> {
    const jobs = this.#jobs.filter((job) => job.request.reply.guildId === guildId);
    return [...jobs.filter((job) => job.begun), ...jobs.filter((job) => !job.begun)];
  }

  async cancel(guildId: string, id: string): Promise<boolean> {
    const job = this.#jobs.find((candidate) => candidate.id === id && candidate.request.reply.guildId === guildId);
    if (job === undefined) return false;
    job.abort.abort(new Cancelled("The song was cancelled."));
    if (!job.begun) this.#finish(job, { status: "cancelled" });
    return true;
  }

  async close(): Promise<void> {
    const reason = new Closing("The house shuts.");
    this.#closing.abort(reason);
    for (const job of this.#jobs) {
      job.abort.abort(reason);
      job.silence();
    }
    await Promise.all(this.#jobs.map((job) => job.work));
    this.#tidy();
  }

  #refuseIfFull(userId: string): void {
    if (this.#closing.signal.aborted) throw new UserError("I'm restarting. Please try again in a minute.");
    const own = this.#jobs.filter((job) => job.request.reply.userId === userId).length;
    const waiting = this.#jobs.filter((job) => !job.begun).length;
    if (own >= this.#limits.perUser)
      throw new UserError(
        `You have ${own} ${own === 1 ? "song" : "songs"} in the queue already. Wait until one is finished, or /cancel one.`,
      );
    if (waiting >= this.#limits.waiting)
      throw new UserError(`The queue is full: ${waiting} songs wait already. Try again in a few minutes.`);
  }

  /** Begins the jobs that may begin and tells the others their place. */
  #next(): void {
    if (this.#closing.signal.aborted) return;
    for (let job = this.#nextJob(); job !== undefined; job = this.#nextJob()) {
      job.begun = true;
      job.work = this.#work(job);
    }
    const waiting = this.#jobs.filter((job) => !job.begun);
    const working = this.#making;
    for (const [place, job] of waiting.entries()) {
      const ahead = place + working;
      if (job.state.status !== "waiting" || job.state.ahead !== ahead) job.tell({ status: "waiting", ahead });
    }
  }

  get #making(): number {
    return this.#jobs.filter((job) => job.begun && !job.made).length;
  }

  /** The first job that may begin now, if there is room for it. */
  #nextJob(): LocalJob | undefined {
    const { capacity = 1, admits = () => true } = this.#limits;
    if (this.#making >= capacity) return undefined;
    const guilds = new Set(this.#jobs.filter((job) => job.begun).map((job) => job.request.reply.guildId));
    const job = this.#jobs.find((job) => !job.begun && !guilds.has(job.request.reply.guildId));
    if (job === undefined || this.#making === 0 || admits(this.#making)) return job;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#next(), ADMIT_AGAIN_MS).unref();
    return undefined;
  }

  async #work(job: LocalJob): Promise<void> {
    const turn: Turn = {
      signal: job.abort.signal,
      closing: this.#closing.signal,
      tell: (state) => job.tell(state),
      made: () => {
        job.made = true;
        this.#next();
      },
    };
    const state = await this.#outcome(job, turn);
    if (state !== undefined) this.#finish(job, state);
  }

  /** The job's last state; none if the queue closes, since the store still has the job. */
  async #outcome(job: LocalJob, turn: Turn): Promise<JobState | undefined> {
    try {
      return { status: "done", ...(await this.#perform(job, turn)) };
    } catch (error) {
      if (this.#closing.signal.aborted) return undefined;
      return job.abort.signal.aborted ? { status: "cancelled" } : { status: "failed", error };
    }
  }

  /** Ends a job that is in the queue, and only that; never throws. */
  #finish(job: LocalJob, state: JobState): void {
    const place = this.#jobs.indexOf(job);
    if (place === -1) return;
    this.#jobs.splice(place, 1);
    this.#over.add(job.id);
    this.#tidy();
    job.tell(state);
    this.#next();
  }

  /** Removes from the store what is over: what the disk refuses is tried again each time a job ends. */
  #tidy(): void {
    for (const id of this.#over)
      try {
        this.#store.remove(id);
        this.#over.delete(id);
      } catch (error) {
        this.#limits.onError?.(id, error);
      }
  }
}

class LocalJob implements Job {
  readonly id: string;
  readonly request: Request;
  readonly abort = new AbortController();
  begun = false;
  made = false;
  work: Promise<void> = Promise.resolve();
  #state: JobState = { status: "waiting", ahead: 0 };
  #changed = Promise.withResolvers<void>();
  /** Aborted when no further state will be told. */
  readonly #over = new AbortController();

  constructor(id: string, request: Request) {
    this.id = id;
    this.request = request;
  }

  get state(): JobState {
    return this.#state;
  }

  tell(state: JobState): void {
    if (isFinal(this.#state)) return;
    this.#state = state;
    if (isFinal(state)) this.#over.abort();
    this.#wake();
  }

  /** The queue closes: whoever follows the job is told no more. */
  silence(): void {
    this.#over.abort();
    this.#wake();
  }

  async *states({ everyMs = 0 }: { readonly everyMs?: number } = {}): AsyncGenerator<JobState> {
    let told: JobState | undefined;
    while (told === undefined || !isFinal(told)) {
      const changed = this.#changed.promise; // taken before the state is looked at, so that no change is missed
      if (this.#state !== told) {
        told = this.#state;
        yield told;
        if (everyMs > 0)
          await pause(everyMs, undefined, { signal: this.#over.signal, ref: false }).catch(() => undefined);
      } else if (this.#over.signal.aborted) return;
      else await changed;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
