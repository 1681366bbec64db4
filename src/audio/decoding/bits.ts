/** Reads bytes bit by bit, most significant bit first. */
import { refuse } from "../broken.ts";

export class Bits {
  readonly #bytes: Uint8Array;
  /** Bits read so far. */
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Skips to the next whole byte and returns its position. */
  align(): number {
    this.#at = Math.ceil(this.#at / 8) * 8;
    return this.#at / 8;
  }

  /** An unsigned number of 0 to 32 bits. */
  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0; ) {
      const room = 8 - (this.#at & 7);
      const taken = Math.min(room, left);
      value = value * 2 ** taken + ((this.#byte() >> (room - taken)) & ((1 << taken) - 1));
      this.#at += taken;
      left -= taken;
    }
    return value;
  }

  /** A signed number (two's complement). */
  readSigned(count: number): number {
    const value = this.read(count);
    return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Counts zeros up to the next one bit, and reads that as well. */
  unary(): number {
    let zeros = 0;
    for (;;) {
      const rest = (this.#byte() << (this.#at & 7)) & 0xff;
      if (rest !== 0) {
        const more = Math.clz32(rest) - 24;
        this.#at += more + 1;
        return zeros + more;
      }
      const room = 8 - (this.#at & 7);
      zeros += room;
      this.#at += room;
    }
  }

  #byte(): number {
    return this.#bytes[this.#at >> 3] ?? refuse("ends too early");
  }
}
