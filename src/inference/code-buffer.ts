/** The codes of one level while they are being made: a place to add to, and to wait at. */

export interface LineOptions {
  /** Codes of a frame: one if left out. */
  readonly perFrame?: number;
  /** The level above, where this one's sound depends on it too. */
  readonly above?: CodeBuffer;
}

export class CodeBuffer {
  /** Frame after frame. */
  readonly codes: Uint16Array;
  /** Frames, when all are made. */
  readonly total: number;
  readonly perFrame: number;
  readonly above: CodeBuffer | undefined;
  #made = 0;
  #waiting: { count: number; go: () => void }[] = [];

  /** Room for `total` frames; the codes of `known` ones are there from the start. */
  constructor(total: number, known: Uint16Array = new Uint16Array(0), { perFrame = 1, above }: LineOptions = {}) {
    this.total = total;
    this.perFrame = perFrame;
    this.above = above;
    this.codes = new Uint16Array(total * perFrame);
    this.add(known.subarray(0, total * perFrame));
  }

  /** Frames. */
  get made(): number {
    return this.#made;
  }

  get ended(): boolean {
    return this.#made === this.total;
  }

  /** The codes of frames `from` up to `to`. */
  span(from: number, to: number): Uint16Array {
    return this.codes.subarray(from * this.perFrame, to * this.perFrame);
  }

  /** Adds the codes of the next frames, and lets those go on who waited for them. */
  add(codes: Uint16Array): void {
    this.codes.set(codes, this.#made * this.perFrame);
    this.#made += codes.length / this.perFrame;
    const ready = this.#waiting.filter(({ count }) => count <= this.#made);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#made);
    for (const { go } of ready) go();
  }

  /** Resolves once so many frames are there. */
  reach(count: number): Promise<void> {
    if (count <= this.#made) return Promise.resolve();
    return new Promise((go) => this.#waiting.push({ count, go }));
  }

  /** Lets everyone go on who waits: they look at their signal next. */
  release(): void {
    for (const { go } of this.#waiting.splice(0)) go();
  }
}
