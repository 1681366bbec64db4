/** Time span of each character of a sung text. */
import { matchLetters } from "./letters.ts";
import { silence } from "./phones.ts";
import type { PronouncedWord } from "./pronounce.ts";
import type { TimedPhone } from "./schedule.ts";

/** In seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One span per character; letters share the time of the phone they stand for. */
export function timeCharacters(text: string, words: readonly PronouncedWord[], phones: readonly TimedPhone[]): Span[] {
  const sounding = phones.filter(({ phone }) => phone !== silence);
  const spans: Span[] = [];
  let place = 0; // index of the word's first phone
  for (const word of words) {
    const own = word.syllables.flatMap((syllable) => syllable.phones);
    const timed = sounding.slice(place, place + own.length);
    place += own.length;
    fillBetween(spans, word.from, timed[0]!.from);
    const owners = matchLetters(text.slice(word.from, word.to), own);
    for (const [index, owner] of owners.entries()) {
      const { from, to } = timed[owner]!;
      const [first, last] = [owners.indexOf(owner), owners.lastIndexOf(owner)];
      const share = (to - from) / (last - first + 1);
      spans.push({ from: from + (index - first) * share, to: from + (index - first + 1) * share });
    }
  }
  fillBetween(spans, text.length, phones.at(-1)!.to);
  return spans;
}

/** Silent characters get the time up to `until`. */
function fillBetween(spans: Span[], count: number, until: number): void {
  const missing = count - spans.length;
  const start = spans.at(-1)?.to ?? 0;
  const share = (until - start) / missing;
  for (let index = 0; index < missing; index++)
    spans.push({ from: start + index * share, to: start + (index + 1) * share });
}
