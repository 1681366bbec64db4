/** Aligns the letters of a word with its phones. */
import { isVowel } from "./phones.ts";

/** Usual spellings of each phone. */
const spellings: Readonly<Record<string, string>> = {
  ...{ p: "p", b: "b", t: "t", d: "d", k: "ckqx", g: "gx", ch: "ct", jh: "jgd", f: "fpg", v: "vf", th: "t", dh: "t" },
  ...{
    s: "scxz",
    z: "zsx",
    sh: "stc",
    zh: "sgz",
    hh: "hw",
    m: "m",
    n: "nk",
    ng: "n",
    l: "l",
    r: "rw",
    w: "wuo",
    y: "yuei",
  },
};
const vowelLetters = "aeiouyаеёиоуыэюяіїєәөүұѣѵ";

/** The same for Cyrillic letters; more of them are possible, because of voicing assimilation. */
const cyrillicSpellings: Readonly<Record<string, string>> = {
  ...{ p: "пб", b: "бп", t: "тдц", d: "дтѕ", k: "кгқќ", g: "гкґғѓ", ch: "чћщ", jh: "џђҷ", f: "фвѳ", v: "вфг", w: "вў" },
  ...{ s: "сзц", z: "зсѕ", sh: "шщжч", zh: "жш", hh: "хгһҳ", m: "м", n: "нњ", ng: "ң", l: "лљ", r: "р", y: "йјьъ" },
};

/** Cost of matching a letter with a phone; 0 is a good match. */
function cost(phone: string, letter: string): number {
  if (isVowel(phone))
    return vowelLetters.includes(letter) ? 0 : phone === "er" && letter === "r" ? 0.5 : letter === "w" ? 1 : 3;
  const writes = (by: Readonly<Record<string, string>>): boolean => (by[phone] ?? "").includes(letter);
  return writes(spellings) || writes(cyrillicSpellings) ? 0 : vowelLetters.includes(letter) ? 3 : 2;
}

const silentLetter = 1;
const unwrittenPhone = 1.5;

/** Alignment steps: a letter, a phone, or both. */
const [BOTH, LETTER, PHONE] = [0, 1, 2];

/** For each letter the index of its phone; a silent letter belongs to the previous phone, or to the first. */
export function matchLetters(word: string, phones: readonly string[]): number[] {
  const letters = [...word].map((letter) => letter.toLowerCase()); // keeps the length, also for "İ"
  const ways = cheapest(letters, phones);
  const width = phones.length + 1;
  const owners: number[] = [];
  let [letter, phone] = [letters.length, phones.length];
  while (letter > 0) {
    const way = ways[letter * width + phone];
    if (way !== PHONE) owners.push(Math.max(0, phone - 1));
    if (way !== LETTER) phone--;
    if (way !== PHONE) letter--;
  }
  return owners.reverse();
}

/** Last step of the cheapest alignment of each prefix: [letters + 1, phones + 1]. */
function cheapest(letters: readonly string[], phones: readonly string[]): Uint8Array {
  const width = phones.length + 1;
  const ways = new Uint8Array((letters.length + 1) * width).fill(PHONE);
  let costs = Float64Array.from({ length: width }, (_, p) => p * unwrittenPhone);
  for (const [index, letter] of letters.entries()) {
    const row = new Float64Array(width);
    for (let p = 0; p < width; p++) {
      const both = p > 0 ? costs[p - 1]! + cost(phones[p - 1]!, letter) : Number.POSITIVE_INFINITY;
      const silent = costs[p]! + silentLetter;
      const unwritten = p > 0 ? row[p - 1]! + unwrittenPhone : Number.POSITIVE_INFINITY;
      row[p] = Math.min(both, silent, unwritten);
      ways[(index + 1) * width + p] = row[p] === both ? BOTH : row[p] === silent ? LETTER : PHONE;
    }
    costs = row;
  }
  return ways;
}
