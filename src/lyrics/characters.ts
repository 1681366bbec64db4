/** The characters that a model reads lyrics in, and any text made of them alone (spec 5.1). */
import unidecode from "unidecode";

/** Whose characters: those of 5b_lyrics (80 ids) or of 1b_lyrics (79 ids). */
export type CharacterSet = "v2" | "v3";

const shared = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-";

/** In the order of their ids, the first being 1; id 0 is what fills up short lyrics. */
const characters: Readonly<Record<CharacterSet, string>> = {
  v2: `${shared}+'"()[] \t\n`,
  v3: `${shared}'"()[] \t\n`,
};

/** How many ids a lyric character may have, 0 included. */
export const idsOf = (set: CharacterSet): number => characters[set].length + 1;

/** Any text in the characters of a set; case and runs of blanks are kept. */
export function cleaned(text: string, set: CharacterSet): string {
  const known = new Set(characters[set]);
  return [...toAscii(text).replaceAll("\\", "\n")].filter((character) => known.has(character)).join("");
}

/** One id a character; the text is a cleaned one. */
export const toIds = (text: string, set: CharacterSet): number[] =>
  Array.from(text, (character) => characters[set].indexOf(character) + 1);

/** The characters of ids; 0 is none. */
export const fromIds = (ids: readonly number[], set: CharacterSet): string =>
  ids.map((id) => (id === 0 ? "" : (characters[set][id - 1] ?? ""))).join("");

/**
 * Text in ASCII as the released models' lyrics were made, by version 1.1.1 of Python's `unidecode`. The library here is of
 * the same tables but for a few characters, which follow, and for what lies beyond them: letters in disguise, such as 𝓐 or Ⓐ,
 * are undressed by Unicode's own rule.
 */
function toAscii(text: string): string {
  return text.replace(/\P{ASCII}/gu, (character) => {
    const own = others.get(character);
    if (own !== undefined) return own;
    const plain = spelled(character);
    const undressed = plain === "" || unknown.test(plain) ? character.normalize("NFKC") : character;
    return undressed === character ? plain : undressed.replace(/\P{ASCII}/gu, spelled);
  });
}

const unknown = /^\[\?\] ?$/;

/** Character by character: the library takes neighbours such as "Ã©" for something else. Its tables have backslashes too many. */
const spelled = (character: string): string => unidecode(character).replace(/\\(.)/g, "$1");

const controls = Array.from({ length: 32 }, (_, i) => [String.fromCharCode(0x80 + i), ""] as const);
const others: ReadonlyMap<string, string> = new Map([
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
