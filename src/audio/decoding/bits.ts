/** Reads a file bit by bit, the highest of each byte first. */
import { refuse } from "../broken.ts";

export class Bits {
  readonly #bytes: Uint8Array;
  /** Bits read so far. */
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whole bytes read so far; what is left of the last one is skipped. */
  align(): number {
    this.#at = Math.ceil(this.#at / 8) * 8;
    return this.#at / 8;
  }

  /** A number of 0 to 32 bits, from 0 on. */
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

  /** The same with a sign (two's complement). */
  readSigned(count: number): number {
    const value = this.read(count);
    return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Zeros up to the next one, which is read as well. */
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
    return this.#bytes[this.#at >> 3] ?? refuse("breaks off early");
  }
}
