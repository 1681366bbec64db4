/** Character sets of lyrics, and transliteration of any text to them (spec 5.1). */
import unidecode from "unidecode";

/** v2: 5b_lyrics (80 ids); v3: 1b_lyrics (79 ids). */
export type CharacterSet = "v2" | "v3";

const shared = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-";

/** In order of their ids from 1; id 0 is padding. */
const characters: Readonly<Record<CharacterSet, string>> = {
  v2: `${shared}+'"()[] \t\n`,
  v3: `${shared}'"()[] \t\n`,
};

/** Number of ids, padding included. */
export const idsOf = (set: CharacterSet): number => characters[set].length + 1;

/** Transliterates text to a character set; case and spaces are kept. */
export function transliterate(text: string, set: CharacterSet): string {
  const known = new Set(characters[set]);
  return [...toAscii(text).replaceAll("\\", "\n")].filter((character) => known.has(character)).join("");
}

/** One id per character of transliterated text. */
export const toIds = (text: string, set: CharacterSet): number[] =>
  Array.from(text, (character) => characters[set].indexOf(character) + 1);

/** The characters of ids, without padding. */
export const fromIds = (ids: readonly number[], set: CharacterSet): string =>
  ids.map((id) => (id === 0 ? "" : (characters[set][id - 1] ?? ""))).join("");

/**
 * Transliterates to ASCII like version 1.1.1 of Python's `unidecode`, which the released models were trained with. The
 * library here has the same tables except for a few characters, listed below; styled letters such as 𝓐 or Ⓐ that it lacks are
 * normalised by NFKC.
 */
function toAscii(text: string): string {
  return text.replace(/\P{ASCII}/gu, (character) => {
    const exception = exceptions.get(character);
    if (exception !== undefined) return exception;
    const plain = transliterated(character);
    const normalised = plain === "" || unknown.test(plain) ? character.normalize("NFKC") : character;
    return normalised === character ? plain : normalised.replace(/\P{ASCII}/gu, transliterated);
  });
}

const unknown = /^\[\?\] ?$/;

/** One character at a time, as the library repairs sequences such as "Ã©"; its tables have extra backslashes. */
const transliterated = (character: string): string => unidecode(character).replace(/\\(.)/g, "$1");

const controls = Array.from({ length: 32 }, (_, i) => [String.fromCharCode(0x80 + i), ""] as const);
const exceptions: ReadonlyMap<string, string> = new Map([
  ...controls,
  ["¼", " 1/4 "],
  ["½", " 1/2 "],
  ["¾", " 3/4 "],
  ["Є", "Ie"],
  ["Ъ", "'"],
  ["™", "(tm)"],
  ["℠", "(sm)"],
  ["♯", "#"],
  ["\u2028", "\n"],
  ["\u2029", "\n\n"],
]);
