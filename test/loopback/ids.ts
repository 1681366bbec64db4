/** Snowflakes, tokens and other arbitrary numbers, all from one seed; ids of what happens now carry the time. */

const discordEpoch = 1_420_070_400_000; // 2015-01-01, in ms
const worldEpoch = 1_577_836_800_000; // 2020-01-01: when the users and guilds of the double came to be

export class Ids {
  #state: number;
  #made = 0;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … 2³² − 1 (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An id for something that was always there: the same for the same seed. */
  old(): string {
    return this.#snowflake(worldEpoch + (this.random() % 1_000_000));
  }

  /** An id for something that happens now: its time can be read from it. */
  now(): string {
    return this.#snowflake(Date.now());
  }

  token(prefix: string): string {
    const parts = [this.random(), this.random(), this.random()].map((part) => part.toString(36));
    return `${prefix}.${parts.join("")}`;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.random() & 255));
  }

  #snowflake(milliseconds: number): string {
    this.#made = (this.#made + 1) % 2 ** 22;
    return ((BigInt(milliseconds - discordEpoch) << 22n) | BigInt(this.#made)).toString();
  }
}

/** When a snowflake was made, in ms since 1970. */
export const timeOf = (id: string): number => Number(BigInt(id) >> 22n) + discordEpoch;
