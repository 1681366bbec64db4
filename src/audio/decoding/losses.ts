/** What could not be read of a sound, and where: kept while it is decoded, told in a sentence. */
import { clock, endsEarly } from "../pcm/layout.ts";

interface Loss {
  readonly at: number;
  readonly seconds: number;
}

const mostPlaces = 3;
/** Losses so close to each other are one. */
const nearSeconds = 1;
/** What a decoder leaves out at its ends is no loss. */
const leastMissing = 0.05;

export class Losses {
  readonly #list: Loss[] = [];
  #count = 0;
  #seconds = 0;
  /** Where the last one was. */
  #last = Number.NEGATIVE_INFINITY;

  get any(): boolean {
    return this.#count > 0;
  }

  /** Seconds of sound so far, and seconds that are missing there; 0 if it is unknown how many. */
  add(at: number, seconds: number): void {
    this.#seconds += seconds;
    const near = at - this.#last < nearSeconds;
    this.#last = at + seconds;
    if (!near) this.#count++;
    const last = this.#list.at(-1);
    if (near && last) {
      if (this.#list.length === this.#count)
        this.#list[this.#list.length - 1] = { at: last.at, seconds: last.seconds + seconds };
    } else if (this.#list.length < mostPlaces) this.#list.push({ at, seconds });
  }

  /** One sentence for all, none if nothing is missing. */
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

/** What is told of a file that promises more than it has. */
export function missingEnd(name: string, seconds: number, told: number | undefined): string[] {
  if (told === undefined || told - seconds < leastMissing) return [];
  return [`"${name}" ${endsEarly(seconds, told)}.`];
}
