/** Lyrics on their way to the prior: from the user's words to ids, and from these to what one window is told (spec 5). */
import { UserError } from "../errors.ts";
import type { WindowTiming } from "../music/timing.ts";
import { type CharacterSet, cleaned, toIds } from "./characters.ts";

/** Of the user's text. The released models were taught with songs, and no song is longer. */
export const mostCharacters = 10_000;

/** Refuses lyrics for a model that reads none. */
export function checkSings(set: CharacterSet | undefined): asserts set is CharacterSet {
  if (set === undefined)
    throw new UserError("This model doesn't sing: it makes music without words. Ask for it without lyrics.");
}

/** The lyrics as ids, for a model that reads these characters; refuses what can't be sung. */
export function lyricIds(text: string, set: CharacterSet | undefined): number[] {
  checkSings(set);
  if (text.length > mostCharacters)
    throw new UserError(`Lyrics may have up to ${mostCharacters} characters, not ${text.length}.`);
  const singable = cleaned(text, set);
  if (!singable.trim()) throw new UserError("There is nothing to sing in these lyrics: write them in letters.");
  return toIds(singable, set);
}

/**
 * What each id of these lyrics was written as: where one letter became several ids, the first that is no blank has it, and
 * the others have nothing.
 */
export function spellingOf(text: string, set: CharacterSet): string[] {
  const spelling: string[] = [];
  for (const written of text.match(/.\p{M}*/gsu) ?? []) {
    const ids = [...cleaned(written, set)];
    const place = Math.max(
      0,
      ids.findIndex((character) => character.trim() !== ""),
    );
    spelling.push(...ids.map((_, at) => (at === place ? written : "")));
  }
  return spelling;
}

/** Line breaks where one can't type them: " / " and "\n" stand for one. */
export const withLines = (text: string): string =>
  text
    .replaceAll("\\n", "\n")
    .split(/ \/(?= |$)/)
    .map((line) => line.trim())
    .join("\n");

/** What one window is told of the lyrics. */
export interface LyricWindow {
  readonly tokens: Int32Array;
  /** Where each token stands in the whole lyrics; −1 for what fills up short ones. */
  readonly indices: Int32Array;
}

/**
 * The `count` tokens that a window sings, as if lyrics went through the song at one speed: those around the window's middle
 * (spec 5.2). Short lyrics come whole, filled up in front. While sampling the original rounds to float32.
 */
export function lyricWindow(
  lyrics: readonly number[],
  count: number,
  { total, offset, window }: Omit<WindowTiming, "sampleRate">,
  round: (value: number) => number = Math.fround,
): LyricWindow {
  if (!(offset >= 0 && offset < total)) throw new RangeError(`a window at ${offset} of a song of ${total} samples`);
  const missing = Math.max(0, count - lyrics.length);
  const half = Math.floor(count / 2);
  const middle = Math.trunc(round(round(lyrics.length * round(round(offset) + round(window / 2))) / round(total)));
  const first = Math.min(Math.max(middle - half, 0), Math.max(lyrics.length - count, 0));
  const indices = Int32Array.from({ length: count }, (_, at) => (at < missing ? -1 : first + at - missing));
  return { tokens: indices.map((at) => lyrics[at] ?? 0), indices };
}
