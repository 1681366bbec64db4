/** Pronunciation rules for Cyrillic words, with English phones: Russian, and approximately Ukrainian, Belarusian and others. */
import { stressedVowel } from "./stress.ts";

/** Language whose rules apply. */
export type Reading = "russian" | "ukrainian" | "belarusian" | "other";

/** Detected by letters that only one of them has. */
export function readingOf(text: string): Reading {
  if (/[јљњћђџѓќѕ]|[бвгджзклмнпрстфхцчшщ]ъ[бвгджзклмнпрстфхцчшщ]/i.test(text)) return "other"; // ъ is a vowel in Bulgarian
  if (/ў/i.test(text) || (/і/i.test(text) && /[ыэ]/i.test(text))) return "belarusian";
  return /[іїєґ]/i.test(text) && !/[ыэъё]/i.test(text) ? "ukrainian" : "russian";
}

export interface SaidPhone {
  readonly phone: string;
  readonly stressed: boolean;
}

const consonants: Readonly<Record<string, string>> = {
  ...{
    б: "b",
    в: "v",
    г: "g",
    д: "d",
    ж: "zh",
    з: "z",
    й: "y",
    к: "k",
    л: "l",
    м: "m",
    н: "n",
    п: "p",
    р: "r",
    с: "s",
  },
  ...{
    т: "t",
    ф: "f",
    х: "hh",
    ц: "t s",
    ч: "ch",
    ш: "sh",
    щ: "sh",
    ў: "w",
    ґ: "g",
    ј: "y",
    љ: "l y",
    њ: "n y",
    ћ: "ch",
  },
  ...{ ђ: "jh", џ: "jh", ѓ: "g y", ќ: "k y", ѕ: "d z", ғ: "g", қ: "k", ң: "ng", һ: "hh", ҳ: "hh", ҷ: "jh", ѳ: "f" },
};
/** Stressed vowels. */
const vowels: Readonly<Record<string, string>> = {
  ...{ а: "aa", я: "aa", о: "ao", ё: "ao", у: "uw", ю: "uw", э: "eh", е: "eh", є: "eh", ѣ: "eh", и: "iy", і: "iy" },
  ...{ ї: "iy", ы: "ih", ә: "ae", ө: "er", ү: "uw", ұ: "uh", ѵ: "iy" },
};
const silent = "ьъ'’";
const soft = "яёюеєѣ";
/** Always hard or always soft, so without a glide. */
const fixed = "жшцчщй";
const hard = "жшц";
const lookalikes: Readonly<Record<string, string>> = {
  ...{ a: "а", b: "в", c: "с", e: "е", h: "н", i: "і", k: "к", m: "м", o: "о", p: "р", t: "т", x: "х", y: "у", ë: "ё" },
};

/** Irregular spellings; replacements keep the number of vowels. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/^(ни)?что(?=бы?$|$)/, "$1што"],
  [/^(коне|ску|наро|яи)чн/, "$1шн"],
  [/^сег(?=одня)/, "сев"],
  [/(?<=[ое])г(?=о(?:ся)?$)/, "в"],
  [/ть?ся$/, "ца"],
  [/ст(?=[нл])/, "с"],
  [/зд(?=н)/, "з"],
  [/(?<=^чу|здра|безмол)в(?=ств)/, ""],
  [/л(?=нц)/, ""],
  [/д(?=ц)/, ""],
  [/[сзж]ч/g, "щ"],
  [/[сз](?=[шж])/g, ""],
  [/[дт](?=[цч])/g, ""],
  [/[дт]с(?=к)/g, "ц"],
  [/г(?=к|ч)/g, "х"],
  [/([^аеёиоуыэюя])\1/g, "$1"],
];
const hardG = /^(?:не)?(?:много|дорого|строго|полого|отлого|убого|лого|эго|лего|ого)$/;

/** The word in lower case, stress mark kept; undefined if it has other than Cyrillic letters. */
export function cyrillic(word: string): string | undefined {
  const letters = word.normalize("NFC").toLowerCase().replaceAll("ѐ", "е\u0301").replaceAll("ѝ", "и\u0301");
  if (!/\p{Script=Cyrillic}/u.test(letters)) return undefined;
  const own = [...letters].map((letter) => lookalikes[letter] ?? letter);
  const known = (letter: string) => letter in consonants || letter in vowels || silent.includes(letter);
  return own.every((letter) => known(letter) || /\p{M}/u.test(letter)) ? own.join("") : undefined;
}

/** Whether it is a word without a vowel, such as "в", pronounced with its neighbour. */
export const isClitic = (word: string, reading: Reading): boolean =>
  ![...word].some((letter) => letter in vowels || (letter === "ъ" && reading === "other"));

/** Phones of a word from `cyrillic`, after short words such as "в" in `before`. */
export function pronounceCyrillic(word: string, reading: Reading, before = ""): SaidPhone[] {
  const marked = word.search(/[\u0300\u0301]/);
  const bare = word.replace(/\p{M}/gu, "");
  const stress = marked > 0 ? vowelsIn(word.slice(0, marked)) - 1 : stressedVowel(bare);
  const letters = before + (reading === "russian" ? asSaid(bare) : bare);
  return assimilated(phonesOf(letters, stress, reading), reading);
}

const vowelsIn = (text: string): number => [...text].filter((letter) => letter in vowels).length;

function asSaid(word: string): string {
  return spellings.reduce((said, [from, to]) => (to === "в" && hardG.test(word) ? said : said.replace(from, to)), word);
}

function phonesOf(letters: string, stress: number, reading: Reading): SaidPhone[] {
  const phones: SaidPhone[] = [];
  let vowel = 0;
  for (const [at, letter] of [...letters].entries()) {
    const [last, next] = [letters[at - 1] ?? "", letters[at + 1] ?? ""];
    if (letter === "й" && last in vowels && !(next in vowels)) glideInto(phones);
    else if (letter in vowels) {
      const place = { stress, vowel: vowel++, last, final: next === "" };
      phones.push(...vowelPhones(letter, place, reading));
    } else if (letter === "ъ" && reading === "other") phones.push({ phone: "ax", stressed: false });
    else if (letter in consonants) {
      const said = consonantPhones(letter, next, reading);
      phones.push(...said.split(" ").map((phone) => ({ phone, stressed: false })));
    }
  }
  return phones;
}

function consonantPhones(letter: string, next: string, reading: Reading): string {
  if (reading === "russian") return consonants[letter]!;
  const neighbour = reading === "ukrainian" || reading === "belarusian";
  if (neighbour && letter === "г") return "hh";
  if (reading === "ukrainian" && letter === "щ") return "sh ch";
  if (reading === "ukrainian" && letter === "в" && !(next in vowels)) return "w";
  return consonants[letter]!;
}

interface Place {
  /** Index of the stressed vowel, and of this one. */
  readonly stress: number;
  readonly vowel: number;
  /** Previous letter. */
  readonly last: string;
  readonly final: boolean;
}

function vowelPhones(letter: string, place: Place, reading: Reading): SaidPhone[] {
  const { last, vowel, stress } = place;
  const stressed = vowel === stress;
  const open = last === "" || last in vowels || silent.includes(last);
  const phone =
    reading === "russian" ? (stressed ? full(letter, last) : reduced(letter, place)) : plainVowel(letter, reading);
  const glides =
    letter === "ї" ||
    (open && (soft.includes(letter) || (letter === "и" && last === "ь")) && !(reading === "other" && letter === "е")) ||
    (!open && soft.includes(letter) && !fixed.includes(last) && glidesAfterConsonant(letter, phone, reading));
  return [...(glides ? [{ phone: "y", stressed: false }] : []), { phone, stressed }];
}

/** Front vowels need no glide. */
function glidesAfterConsonant(letter: string, phone: string, reading: Reading): boolean {
  if (letter === "е" && (reading === "ukrainian" || reading === "other")) return false;
  return phone !== "ih";
}

function plainVowel(letter: string, reading: Reading): string {
  return letter === "и" && reading === "ukrainian" ? "ih" : vowels[letter]!;
}

const full = (letter: string, last: string): string =>
  letter === "и" && last !== "" && hard.includes(last) ? "ih" : vowels[letter]!;

/** Unstressed vowels, less reduced than in speech. */
function reduced(letter: string, { stress, vowel, last, final }: Place): string {
  const near = vowel === stress - 1 || (vowel === 0 && last === "");
  switch (letter) {
    case "а":
    case "о":
      return near ? "ah" : "ax";
    case "е":
      return final ? "eh" : "ih";
    case "я":
      return vowel < stress ? "ih" : "ax";
    default:
      return full(letter, last);
  }
}

const diphthongs: Readonly<Record<string, string>> = {
  ...{ aa: "ay", ah: "ay", ax: "ay", ao: "oy", eh: "ey", ih: "iy", iy: "iy" },
};

/** "й" behind a vowel. */
function glideInto(phones: SaidPhone[]): void {
  const vowel = phones.pop()!;
  const both = diphthongs[vowel.phone];
  if (both !== undefined) phones.push({ ...vowel, phone: both });
  else phones.push(vowel, { phone: "y", stressed: false });
}

const pairs: readonly (readonly [string, string])[] = [
  ["b", "p"],
  ["d", "t"],
  ["g", "k"],
  ["v", "f"],
  ["z", "s"],
  ["zh", "sh"],
];
const voicelessOf = new Map(pairs);
const voicedOf = new Map(pairs.map(([voiced, voiceless]) => [voiceless, voiced]));
const voiceless = new Set(["ch", "hh", ...voicedOf.keys()]);

/** Voicing assimilation: the last consonant of a cluster decides; word-final ones are voiceless. */
function assimilated(phones: readonly SaidPhone[], reading: Reading): SaidPhone[] {
  if (reading === "ukrainian" || reading === "other") return [...phones];
  const said = [...phones];
  for (let at = said.length - 1; at >= 0; at--) {
    const { phone } = said[at]!;
    const next = said[at + 1]?.phone;
    const quiet = next === undefined || voiceless.has(next);
    const loud = next !== undefined && voicelessOf.has(next) && next !== "v";
    const other = quiet ? voicelessOf.get(phone) : loud ? voicedOf.get(phone) : undefined;
    if (other !== undefined) said[at] = { phone: other, stressed: false };
  }
  return said;
}

const digits = "ноль один два три четыре пять шесть семь восемь девять".split(" ");

/** A number's digits as words. */
export const russianDigits = (number: string): string[] => [...number].flatMap((sign) => digits[Number(sign)] ?? []);
