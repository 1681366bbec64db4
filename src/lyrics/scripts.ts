/** Scripts of lyrics: which can be sung, and messages about the others. */
import { UserError } from "../errors.ts";
import { transliterate } from "./characters.ts";

const scripts =
  `Latin Cyrillic Greek Han Hiragana Katakana Hangul Arabic Hebrew Devanagari Bengali Gurmukhi Gujarati Tamil Telugu
Kannada Malayalam Sinhala Thai Lao Khmer Myanmar Tibetan Mongolian Georgian Armenian Ethiopic Cherokee Bopomofo`
    .split(/\s+/)
    .map((name) => [name, new RegExp(`\\p{Script=${name}}`, "u")] as const);

/** Names of the scripts of a text. */
const scriptsIn = (text: string): string[] => scripts.flatMap(([name, letter]) => (letter.test(text) ? [name] : []));

const mostWords = 5;
const mostLetters = 20;

/** A few of the words, quoted. */
function quoted(words: readonly string[]): string {
  const different = [...new Set(words)];
  const shown = different.slice(0, mostWords).map((word) => {
    const letters = [...word];
    return `“${letters.length > mostLetters ? `${letters.slice(0, mostLetters).join("")}…` : word}”`;
  });
  const more = different.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Scripts of words that can't be pronounced; Latin and Cyrillic ones have unknown letters. */
function scriptsOf(unread: readonly string[]): string {
  const names = scriptsIn(unread.join(" ")).filter((name) => name !== "Latin");
  const rare = names.map((name) => (name === "Cyrillic" ? "rare Cyrillic letters" : name));
  const last = rare.pop();
  return last === undefined ? "" : `${rare.length > 0 ? `${rare.join(", ")} and ` : ""}${last}`;
}

/** A sentence about words that are left out, if any. */
export function unreadNote(unread: readonly string[]): string[] {
  if (unread.length === 0) return [];
  const names = scriptsOf(unread);
  return [
    `Not sung: ${quoted(unread)}. I can't pronounce ${names === "" ? "that" : names}; Latin and Russian letters I can.`,
  ];
}

/** The error for lyrics without any word that can be sung. */
export function nothingToSing(unread: readonly string[]): UserError {
  const names = scriptsOf(unread);
  return new UserError(
    names === ""
      ? "There is nothing to sing in these lyrics: write them in letters."
      : `There is nothing to sing in these lyrics: I can't pronounce ${names}. Write them in Latin or Russian letters.`,
  );
}

const shownLetters = 40;

/** A note for models that only read Latin letters. */
export function transliterationNote(text: string): string[] {
  const names = scriptsIn(text).filter((name) => name !== "Latin");
  if (names.length === 0) return [];
  const foreign = text
    .split("\n")
    .find((line) => /[^\P{L}\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(line))!;
  const latin = transliterate(foreign.slice(0, 4 * shownLetters), "v3").trim();
  const shown = latin.length > shownLetters ? `${latin.slice(0, shownLetters)}…` : latin;
  return [`This model reads Latin letters only: ${names.join(", ")} is sung in transliteration, such as “${shown}”.`];
}
