/** A prior's attention to the characters of the lyrics over time (spec 6.8). */

/** Attention of the alignment head, and which part of the lyrics its columns are. */
export interface AttendedRows {
  /** Position in the song of the first row's code. */
  readonly from: number;
  /** [codes, tokens] */
  readonly weights: Float32Array;
  readonly tokens: number;
  /** Index in the lyrics of the first column's token; negative where the lyrics are padded in front (spec 5.2). */
  readonly character: number;
}

/** Mean attention of a few codes. */
export interface Step {
  /** The first character in the window. */
  readonly first: number;
  /** Mean weight of each character from `first` on. */
  readonly mass: Float32Array;
  /** Number of codes. */
  readonly codes: number;
}

export interface AttendedSize {
  /** In the whole lyrics. */
  readonly characters: number;
  /** In the whole song. */
  readonly codes: number;
  readonly codeSeconds: number;
}

const STEP_SECONDS = 0.04; // a short letter

/** Grows during generation. Where windows overlap, the first attention counts: the one with which the code was sampled. */
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

  /** In order of time; undefined where unknown. */
  get steps(): readonly (Step | undefined)[] {
    return this.#steps;
  }

  add({ from, weights, tokens, character }: AttendedRows): void {
    const rows = Math.min(weights.length / tokens, this.#known.length - from);
    for (let row = Math.max(0, -from); row < rows; row++) {
      if (this.#known[from + row]) continue;
      this.#known[from + row] = 1;
      this.#addRow(from + row, weights.subarray(row * tokens, (row + 1) * tokens), character);
    }
  }

  /** Inputs are shifted: a column's key belongs to the character before it, the first column's to none. */
  #addRow(code: number, row: Float32Array, character: number): void {
    const at = Math.floor(code / this.#codesPerStep);
    const first = Math.max(0, character);
    const last = Math.min(character + row.length - 1, this.characters); // exclusive
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
