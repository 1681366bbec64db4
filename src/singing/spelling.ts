/** Rough English letter-to-sound rules for words that the dictionary lacks. */

/** Letters to phones, longer ones first; "^" is the start of a word, "$" its end. */
const rules: readonly (readonly [letters: string, phones: string])[] = Object.entries({
  ...{ tion$: "sh ax n", sion$: "zh ax n", ture$: "ch er", ough: "ao", eigh: "ey", augh: "ao" },
  ...{ igh: "ay", tch: "ch", sch: "s k", dge: "jh", air: "eh r", ear: "ih r", oor: "ao r", our: "aw er", ous$: "ax s" },
  ...{ "^kn": "n", "^gn": "n", "^wr": "r", "^ps": "s", "^x": "z", "^y": "y", gh$: "", mb$: "m", es$: "z", ed$: "d" },
  ...{ sh: "sh", ch: "ch", th: "th", ph: "f", wh: "w", ck: "k", ng: "ng", qu: "k w", gu: "g", zh: "zh" },
  ...{ ee: "iy", ea: "iy", oo: "uw", ou: "aw", ow: "ow", oa: "ow", oi: "oy", oy: "oy", ai: "ey", ay: "ey" },
  ...{ au: "ao", aw: "ao", ie: "iy", ei: "ey", ey: "iy", ue: "uw", ew: "uw", eu: "uw", ui: "uw" },
  ...{ ar: "aa r", er: "er", ir: "er", ur: "er", or: "ao r", yr: "er" },
  ...{
    ce: "s eh",
    ci: "s ih",
    cy: "s iy",
    ge: "jh eh",
    gi: "jh ih",
    gy: "jh iy",
    y$: "iy",
    a$: "ax",
    o$: "ow",
    i$: "iy",
  },
  ...{ a: "ae", e: "eh", i: "ih", o: "aa", u: "ah", y: "ih", b: "b", c: "k", d: "d", f: "f", g: "g", h: "hh" },
  ...{
    j: "jh",
    k: "k",
    l: "l",
    m: "m",
    n: "n",
    p: "p",
    q: "k",
    r: "r",
    s: "s",
    t: "t",
    v: "v",
    w: "w",
    x: "k s",
    z: "z",
  },
});

const mostLetters = Math.max(...rules.map(([letters]) => letters.length));
const phonesBy = new Map(rules);
const long: Readonly<Record<string, string>> = { a: "ey", e: "iy", i: "ay", o: "ow", u: "uw", y: "ay" };
const digits = "zero one two three four five six seven eight nine".split(" ");

/** Words for the digits of a number; empty if there are none. */
export const digitWords = (word: string): string[] => [...word].flatMap((sign) => digits[Number(sign)] ?? []);

/** Letters that don't decompose into a base letter and a mark. */
const baseLetters: Readonly<Record<string, string>> = {
  ...{ ß: "ss", ø: "o", ł: "l", đ: "d", æ: "ae", œ: "oe", þ: "th", ð: "th", ı: "i" },
};

/** Phones of a word by its spelling; none without Latin letters. */
export function bySpelling(word: string): string[] {
  const plain = word
    .normalize("NFD")
    .toLowerCase()
    .replace(/[ßøłđæœþðı]/g, (letter) => baseLetters[letter]!)
    .replace(/[^a-z]/g, "")
    .replace(/([^aeiou])\1/g, "$1");
  const phones: string[] = [];
  for (let at = 0; at < plain.length; ) {
    const vowel = /^([aeiouy])[^aeiouyrwx]e$/.exec(plain.slice(at)); // "…ine": long, and the e is silent
    if (vowel) return [...phones, long[vowel[1]!]!, ...said(plain[at + 1]!)];
    if (at > 0 && plain.slice(at) === "e" && phones.length > 1) break;
    const [letters, found] = longest(plain, at);
    phones.push(...said(found));
    at += letters;
  }
  return phones;
}

const said = (phones: string): string[] => (phonesBy.get(phones) ?? phones).split(" ").filter(Boolean);

function longest(word: string, at: number): readonly [number, string] {
  for (let count = Math.min(mostLetters, word.length - at); count > 0; count--) {
    const letters = word.slice(at, at + count);
    const keys = [
      ...(at === 0 ? [`^${letters}`] : []),
      ...(at > 0 && at + count === word.length ? [`${letters}$`] : []),
      letters,
    ];
    const found = keys.map((key) => phonesBy.get(key)).find((phones) => phones !== undefined);
    if (found !== undefined) return [count, found];
  }
  return [1, ""];
}
