/** A line of events between one who tells and one who iterates. */

export class EventQueue<T> implements AsyncIterable<T> {
  readonly #events: T[] = [];
  #end: { error?: unknown } | undefined;
  #wake: () => void = () => undefined;

  push(event: T): void {
    this.#events.push(event);
    this.#wake();
  }

  /** After what was pushed, iterating ends. */
  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  /** What was pushed is dropped; iterating throws. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#events.length = 0;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      while (this.#events.length > 0) yield this.#events.shift()!;
      if (this.#end && "error" in this.#end) throw this.#end.error;
      if (this.#end) return;
      await new Promise<void>((go) => {
        this.#wake = go;
      });
    }
  }
}
