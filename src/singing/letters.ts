/** Which letters of a word are heard when: letters and phones side by side, as well as spelling lets them. */
import { isVowel } from "./phones.ts";

/** The letters that a phone is usually written with, at its first place. */
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

/** The same of Cyrillic letters: more of them may say a phone, as voice follows the neighbours. */
const cyrillicSpellings: Readonly<Record<string, string>> = {
  ...{ p: "пб", b: "бп", t: "тдц", d: "дтѕ", k: "кгқќ", g: "гкґғѓ", ch: "чћщ", jh: "џђҷ", f: "фвѳ", v: "вфг", w: "вў" },
  ...{ s: "сзц", z: "зсѕ", sh: "шщжч", zh: "жш", hh: "хгһҳ", m: "м", n: "нњ", ng: "ң", l: "лљ", r: "р", y: "йјьъ" },
};

/** What it costs to write a phone with a letter: 0 is a good match. */
function cost(phone: string, letter: string): number {
  if (isVowel(phone))
    return vowelLetters.includes(letter) ? 0 : phone === "er" && letter === "r" ? 0.5 : letter === "w" ? 1 : 3;
  const writes = (by: Readonly<Record<string, string>>): boolean => (by[phone] ?? "").includes(letter);
  return writes(spellings) || writes(cyrillicSpellings) ? 0 : vowelLetters.includes(letter) ? 3 : 2;
}

const silentLetter = 1;
const unwrittenPhone = 1.5;

/** For each letter the index of its phone; a silent letter belongs to the phone before it (the first to the first). */
export function matchLetters(word: string, phones: readonly string[]): number[] {
  const letters = [...word].map((letter) => letter.toLowerCase()); // one each, whatever "İ" becomes
  const ways = cheapest(letters, phones);
  const found: number[] = [];
  let [letter, phone] = [letters.length, phones.length];
  while (letter > 0) {
    const way = ways[letter]![phone]!.way;
    if (way !== "phone") found.unshift(Math.max(0, phone - 1));
    if (way !== "letter") phone--;
    if (way !== "phone") letter--;
  }
  return found;
}

interface Step {
  readonly cost: number;
  readonly way: "both" | "letter" | "phone";
}

/** The cheapest way to have written so many phones with so many letters: [letters + 1][phones + 1]. */
function cheapest(letters: readonly string[], phones: readonly string[]): Step[][] {
  const table: Step[][] = [];
  for (let l = 0; l <= letters.length; l++) {
    table.push([]);
    for (let p = 0; p <= phones.length; p++) {
      const steps: Step[] = [];
      if (l === 0 && p === 0) steps.push({ cost: 0, way: "both" });
      if (l > 0 && p > 0) {
        steps.push({ cost: table[l - 1]![p - 1]!.cost + cost(phones[p - 1]!, letters[l - 1]!), way: "both" });
      }
      if (l > 0) steps.push({ cost: table[l - 1]![p]!.cost + silentLetter, way: "letter" });
      if (p > 0) steps.push({ cost: table[l]![p - 1]!.cost + unwrittenPhone, way: "phone" });
      table[l]!.push(steps.reduce((best, step) => (step.cost < best.cost ? step : best)));
    }
  }
  return table;
}
