/** The codes of one level while they are being made: a place to add to, and to wait at. */

export class CodeBuffer {
  readonly codes: Uint16Array;
  #made = 0;
  #waiting: { count: number; go: () => void }[] = [];

  /** Room for `total` codes; `known` ones are there from the start. */
  constructor(total: number, known: Uint16Array = new Uint16Array(0)) {
    this.codes = new Uint16Array(total);
    this.add(known.subarray(0, total));
  }

  get made(): number {
    return this.#made;
  }

  get ended(): boolean {
    return this.#made === this.codes.length;
  }

  /** Adds the next codes, and lets those go on who waited for them. */
  add(codes: Uint16Array): void {
    this.codes.set(codes, this.#made);
    this.#made += codes.length;
    const ready = this.#waiting.filter(({ count }) => count <= this.#made);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#made);
    for (const { go } of ready) go();
  }

  /** Resolves once so many codes are there. */
  reach(count: number): Promise<void> {
    if (count <= this.#made) return Promise.resolve();
    return new Promise((go) => this.#waiting.push({ count, go }));
  }

  /** Lets everyone go on who waits: they look at their signal next. */
  release(): void {
    for (const { go } of this.#waiting.splice(0)) go();
  }
}
