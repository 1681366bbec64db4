/** What a listener hears while the levels are at different places: stretch by stretch the finest level that is ready. */

import type { CodeBuffer } from "./code-buffer.ts";
import { decodable, decodeSpan, type LevelDecoder } from "./decode.ts";

export interface Voice {
  readonly decoder: LevelDecoder;
  readonly line: CodeBuffer;
}

export interface Stretch {
  readonly level: number;
  /** First sample. */
  readonly from: number;
  readonly sound: Float32Array;
}

export interface LiveOptions {
  /** By level, finest first. */
  readonly voices: readonly Voice[];
  /** Samples of the whole song. */
  readonly total: number;
  /** Sample to start at; a multiple of every hop. */
  readonly from?: number;
  /** Samples a stretch; a multiple of every hop. */
  readonly stretch?: number;
  /** Samples over which one level gives way to another. */
  readonly fade?: number;
}

/** Nothing is decoded before it is asked for, and nothing kept but the end of the last stretch, to fade from. */
export class Live {
  readonly #options: Required<LiveOptions>;
  #at: number;
  #level = -1;
  /** How the last stretch's level goes on. */
  #tail: Float32Array = new Float32Array(0);

  constructor({ voices, total, from = 0, stretch = 4096, fade = 441 }: LiveOptions) {
    this.#options = { voices, total, from, stretch, fade };
    this.#at = from;
  }

  get ended(): boolean {
    return this.#at >= this.#options.total;
  }

  /** The next stretch, or nothing while not even the coarsest level is ready. */
  async next(): Promise<Stretch | undefined> {
    const { voices, total, stretch, fade } = this.#options;
    const from = this.#at;
    const to = Math.min(from + stretch, total);
    const heard = Math.min(to + fade, total);
    const level = voices.findIndex(({ decoder, line }) => decodable(decoder, line, Math.ceil(heard / decoder.hop)));
    if (level < 0 || this.ended) return undefined;
    const { decoder, line } = voices[level]!;
    const whole = await decodeSpan(decoder, line, from / decoder.hop, Math.ceil(heard / decoder.hop));
    const sound = whole.slice(0, to - from);
    if (level !== this.#level) fadeFrom(this.#tail, sound);
    this.#level = level;
    this.#tail = whole.slice(to - from, heard - from);
    this.#at = to;
    return { level, from, sound };
  }
}

/** Equal gains that sum to one: both levels are the same music, so power would swell if the gains did not. */
function fadeFrom(old: Float32Array, fresh: Float32Array): void {
  const length = Math.min(old.length, fresh.length);
  for (let i = 0; i < length; i++) {
    const share = (i + 1) / (length + 1);
    fresh[i] = fresh[i]! * share + old[i]! * (1 - share);
  }
}
