/** Work in so many slots at once; more waits, and begins in order. */

export class Slots {
  readonly #count: number;
  readonly #atWork = new Set<Promise<void>>();
  readonly #waiting: (() => Promise<void>)[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** `work` never rejects. */
  run(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#next();
  }

  /** Resolves when nothing is at work or waits. */
  async idle(): Promise<void> {
    while (this.#atWork.size > 0) await Promise.race(this.#atWork);
  }

  #next(): void {
    while (this.#atWork.size < this.#count && this.#waiting.length > 0) {
      const work = this.#waiting.shift()!();
      const done = work.then(() => {
        this.#atWork.delete(done);
        this.#next();
      });
      this.#atWork.add(done);
    }
  }
}
