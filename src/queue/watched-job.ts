/** A job in the memory of its queue, whose states can be watched. */
import { setTimeout as pause } from "node:timers/promises";
import { isFinal, type JobState, type JobView, type Request, type Requester } from "./job.ts";
import type { WatchOptions } from "./queue.ts";

export class WatchedJob<Reply extends Requester> {
  readonly id: string;
  readonly request: Request<Reply>;
  readonly abort = new AbortController();
  phase: "waiting" | "generating" | "playing" = "waiting";
  work: Promise<void> = Promise.resolve();
  #state: JobState = { status: "waiting", ahead: 0 };
  #changed = Promise.withResolvers<void>();
  /** Aborted when no further state will come. */
  readonly #over = new AbortController();

  constructor(id: string, request: Request<Reply>) {
    this.id = id;
    this.request = request;
  }

  get view(): JobView<Reply> {
    return { id: this.id, request: this.request, state: this.#state };
  }

  /** Takes the job's new state; none follows a final one. */
  report(state: JobState): void {
    if (isFinal(this.#state)) return;
    this.#state = state;
    if (isFinal(state)) this.#over.abort();
    this.#wake();
  }

  /** Ends all watches, also without a final state: the queue closes. */
  endWatches(): void {
    this.#over.abort();
    this.#wake();
  }

  async *watch({ everyMs = 0 }: WatchOptions = {}): AsyncGenerator<JobState> {
    let shown: JobState | undefined;
    while (shown === undefined || !isFinal(shown)) {
      const changed = this.#changed.promise; // taken before the state is looked at, so that no change is missed
      if (this.#state !== shown) {
        shown = this.#state;
        yield shown;
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
