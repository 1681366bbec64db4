/** Gaps in a decoded sound, and a sentence about them. */
import { clock, endsEarly } from "../pcm/layout.ts";

interface Loss {
  readonly at: number;
  readonly seconds: number;
}

const maxPlaces = 3;
/** Gaps closer than this count as one. */
const nearSeconds = 1;
/** Decoders may leave out less than this at the ends. */
const minMissing = 0.05;

export class Losses {
  readonly #list: Loss[] = [];
  #count = 0;
  #seconds = 0;
  /** End of the last one. */
  #last = Number.NEGATIVE_INFINITY;

  get any(): boolean {
    return this.#count > 0;
  }

  /** `at`: seconds of sound before the gap; `seconds`: its length, 0 if unknown. */
  add(at: number, seconds: number): void {
    this.#seconds += seconds;
    const near = at - this.#last < nearSeconds;
    this.#last = at + seconds;
    if (!near) this.#count++;
    const last = this.#list.at(-1);
    if (near && last) {
      if (this.#list.length === this.#count)
        this.#list[this.#list.length - 1] = { at: last.at, seconds: last.seconds + seconds };
    } else if (this.#list.length < maxPlaces) this.#list.push({ at, seconds });
  }

  /** One sentence for all gaps, or none. */
  sentences(name: string): string[] {
    if (!this.any) return [];
    const places = this.#list.map(({ at, seconds }) => `${lengthOf(seconds)} near ${clock(at)}`);
    const more = this.#count - this.#list.length;
    if (more > 0) places.push(`${more} more ${more === 1 ? "place" : "places"} (${lengthOf(this.#seconds)} in all)`);
    const list = places.length === 1 ? places[0]! : `${places.slice(0, -1).join(", ")} and ${places.at(-1)}`;
    return [`"${name}": ${list} could not be read.`];
  }
}

const lengthOf = (seconds: number): string => (seconds < 0.05 ? "something" : `${seconds.toFixed(1)} s`);

/** A warning about a file that declares more than it contains. */
export function missingEnd(name: string, seconds: number, declared: number | undefined): string[] {
  if (declared === undefined || declared - seconds < minMissing) return [];
  return [`"${name}" ${endsEarly(seconds, declared)}.`];
}
