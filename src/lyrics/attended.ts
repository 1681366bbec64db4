/** What a prior attended to in the lyrics while it sang: how much of it fell on each character, step by step (spec 6.8). */

/** Rows of the alignment head, and where in the lyrics their columns lie. */
export interface AttendedRows {
  /** The song's code that the first row belongs to. */
  readonly from: number;
  /** [codes, tokens] */
  readonly weights: Float32Array;
  readonly tokens: number;
  /** Index in the lyrics of the first column's token; negative where the lyrics are padded in front (spec 5.2). */
  readonly character: number;
}

/** The attention of a few codes together. */
export interface Step {
  /** The first character that could be seen. */
  readonly first: number;
  /** Mean weight on each character from the first on. */
  readonly mass: Float32Array;
  /** Codes it is the mean of. */
  readonly codes: number;
}

export interface AttendedSize {
  /** Of the whole lyrics. */
  readonly characters: number;
  /** Codes of the whole song. */
  readonly codes: number;
  readonly codeSeconds: number;
}

const STEP_SECONDS = 0.04; // a letter sung fast

/** Grows while the song is made. Where windows overlap, what came first counts: it is what was seen when the code was drawn. */
export class Attended {
  readonly characters: number;
  readonly stepSeconds: number;
  readonly #codesPerStep: number;
  readonly #known: Uint8Array;
  readonly #steps: (Step | undefined)[];

  constructor({ characters, codes, codeSeconds }: AttendedSize) {
    this.characters = characters;
    this.#codesPerStep = Math.max(1, Math.round(STEP_SECONDS / codeSeconds));
    this.stepSeconds = this.#codesPerStep * codeSeconds;
    this.#known = new Uint8Array(codes);
    this.#steps = Array.from({ length: Math.ceil(codes / this.#codesPerStep) });
  }

  /** In the order of time; nothing where nothing is known. */
  get steps(): readonly (Step | undefined)[] {
    return this.#steps;
  }

  add({ from, weights, tokens, character }: AttendedRows): void {
    const rows = Math.min(weights.length / tokens, this.#known.length - from);
    for (let row = Math.max(0, -from); row < rows; row++) {
      if (this.#known[from + row]) continue;
      this.#known[from + row] = 1;
      this.#take(from + row, weights.subarray(row * tokens, (row + 1) * tokens), character);
    }
  }

  /** A column's key has read the token before its own, so the attention is that character's; the first one's has read none. */
  #take(code: number, row: Float32Array, character: number): void {
    const at = Math.floor(code / this.#codesPerStep);
    const first = Math.max(0, character);
    const last = Math.min(character + row.length - 1, this.characters); // one past it
    const { mass, codes, ...old } = this.#steps[at] ?? {
      first,
      mass: new Float32Array(Math.max(0, last - first)),
      codes: 0,
    };
    const shift = old.first - character + 1;
    for (let i = 0; i < mass.length; i++) mass[i]! += ((row[i + shift] ?? 0) - mass[i]!) / (codes + 1);
    this.#steps[at] = { first: old.first, mass, codes: codes + 1 };
  }
}
