/** Lyrics as a prior's input: from text to ids, and from ids to the part for one window (spec 5). */
import { UserError } from "../errors.ts";
import type { WindowTiming } from "../music/timing.ts";
import { type CharacterSet, toIds, transliterate } from "./characters.ts";

/** Limit for the user's text; no song has more. */
export const mostCharacters = 10_000;

/** Refuses lyrics for a model without lyrics. */
export function checkSings(set: CharacterSet | undefined): asserts set is CharacterSet {
  if (set === undefined)
    throw new UserError("This model doesn't sing: it generates music without words. Ask again without lyrics.");
}

/** The ids of lyrics; refuses lyrics without any singable character. */
export function lyricIds(text: string, set: CharacterSet | undefined): number[] {
  checkSings(set);
  if (text.length > mostCharacters)
    throw new UserError(`Lyrics may have up to ${mostCharacters} characters, not ${text.length}.`);
  const singable = transliterate(text, set);
  if (!singable.trim()) throw new UserError("There is nothing to sing in these lyrics: write them in letters.");
  return toIds(singable, set);
}

/**
 * The original letter of each id: where one letter became several ids, the first that is not blank has it, and the others
 * are empty.
 */
export function spellingOf(text: string, set: CharacterSet): string[] {
  const spelling: string[] = [];
  for (const written of text.match(/.\p{M}*/gsu) ?? []) {
    const ids = [...transliterate(written, set)];
    const place = Math.max(
      0,
      ids.findIndex((character) => character.trim() !== ""),
    );
    spelling.push(...ids.map((_, at) => (at === place ? written : "")));
  }
  return spelling;
}

/** Line breaks where they can't be typed: " / " and "\n" mean one. */
export const withLines = (text: string): string =>
  text
    .replaceAll("\\n", "\n")
    .split(/ \/(?= |$)/)
    .map((line) => line.trim())
    .join("\n");

/** The part of the lyrics for one window. */
export interface LyricWindow {
  readonly tokens: Int32Array;
  /** Position of each token in the whole lyrics; −1 for padding. */
  readonly indices: Int32Array;
}

/**
 * The `count` tokens for a window, as if the lyrics were spread evenly over the song: those around the window's middle
 * (spec 5.2). Short lyrics are padded in front. Like the original, sampling rounds to float32.
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
