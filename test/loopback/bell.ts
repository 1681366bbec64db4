/** Waiting without polling: everything that happens rings one bell, and whoever waits looks again. */

export interface WaitOptions {
  /** Milliseconds until the wait fails; 5,000 unless told. */
  readonly timeout?: number;
  /** Named in the error of a wait that failed. */
  readonly what?: string;
}

interface Waiter {
  look(): void;
  give(up: Error): void;
}

/** One bell for the whole double: each change of its state must be followed by `ring`. */
export class Bell {
  readonly #waiters = new Set<Waiter>();
  #stopped = false;

  ring(): void {
    for (const waiter of [...this.#waiters]) waiter.look();
  }

  /** What `look` returns as soon as that is not undefined; looked at now and after each ring. */
  until<T>(look: () => T | undefined, { timeout = 5000, what = "what was awaited" }: WaitOptions = {}): Promise<T> {
    const waiting = new Promise<T>((resolve, reject) => {
      const late = setTimeout(() => waiter.give(new Error(`Within ${timeout} ms there was no ${what}.`)), timeout);
      const settle = (act: () => void) => {
        clearTimeout(late);
        this.#waiters.delete(waiter);
        act();
      };
      const waiter: Waiter = {
        look() {
          try {
            const found = look();
            if (found !== undefined) settle(() => resolve(found));
          } catch (error) {
            settle(() => reject(error));
          }
        },
        give: (error) => settle(() => reject(error)),
      };
      this.#waiters.add(waiter);
      waiter.look();
      if (this.#stopped) waiter.give(new Error(`The loopback Discord has stopped; nobody waits for ${what} now.`));
    });
    // A wait that a failing test left behind must not take the process with it; whoever awaits it still sees the error.
    waiting.catch(() => undefined);
    return waiting;
  }

  /** Fails every wait, so that none outlives the double. */
  stop(): void {
    this.#stopped = true;
    for (const waiter of [...this.#waiters]) waiter.give(new Error("The loopback Discord has stopped."));
  }
}
