/** Words to syllables of phones with stress, by the pronouncing dictionary, or by spelling rules. */
import { createRequire } from "node:module";
import type * as cmu from "cmu-pronouncing-dictionary";
import { cyrillic, isClitic, pronounceCyrillic, readingOf, russianDigits } from "./cyrillic.ts";
import { isVowel } from "./phones.ts";
import { bySpelling, digitWords } from "./spelling.ts";

export interface Syllable {
  /** Flite's names: lower-case ARPAbet, "ax" for schwa. */
  readonly phones: readonly string[];
  /** Index of the vowel. */
  readonly vowel: number;
  /** Primary or secondary stress. */
  readonly stressed: boolean;
}

/** A word of a text with its pronunciation. */
export interface PronouncedWord {
  /** Position in the text, end exclusive. */
  readonly from: number;
  readonly to: number;
  readonly syllables: readonly Syllable[];
}

/** Longer words are refused; the longest in English dictionaries has 45 letters. */
export const mostLetters = 64;

/** The first word of a text that is too long to be pronounced. */
export const endlessWord = (text: string): string | undefined =>
  text.matchAll(wordPattern).find(([word]) => word.length > mostLetters)?.[0];

/** The words of a text in order; signs and unsupported scripts are left out. */
export const pronounce = (text: string): PronouncedWord[] => readWords(text).words;

export interface ReadWords {
  readonly words: PronouncedWord[];
  /** Words that can't be pronounced. */
  readonly unread: readonly string[];
}

/** Splits a text into words that can be pronounced and others. Cyrillic words without a vowel, such as "в", join their neighbour. */
export function readWords(text: string, reading = readingOf(text)): ReadWords {
  const words: PronouncedWord[] = [];
  const unread: string[] = [];
  const inCyrillic = /\p{Script=Cyrillic}/u.test(text) && !/[a-z]/i.test(text);
  let short: { readonly from: number; readonly to: number; readonly letters: string } | undefined;
  const sayShort = (): void => {
    if (short) words.push(...saidBehind(words.pop(), short));
    short = undefined;
  };
  for (const { 0: word, index: from } of text.matchAll(wordPattern)) {
    if (word.length > mostLetters) continue;
    const to = from + word.length;
    const number = inCyrillic && /^\d+$/.test(word);
    const letters = cyrillic(word);
    if (letters === undefined && !number) sayShort();
    if (letters !== undefined && isClitic(letters, reading)) {
      if ((short?.letters.length ?? 0) + letters.length > mostShort) sayShort();
      short = { from: short?.from ?? from, to, letters: (short?.letters ?? "") + letters };
      if (enclitics.has(letters)) sayShort();
      continue;
    }
    const before = short;
    short = undefined;
    const syllables =
      letters !== undefined
        ? syllabify(pronounceCyrillic(letters, reading, before?.letters ?? ""))
        : number
          ? sayDigits(word, before?.letters ?? "")
          : foreign.test(word)
            ? []
            : syllablesOf(word);
    if (syllables.length === 0) unread.push(word);
    else words.push({ from: before?.from ?? from, to, syllables });
  }
  sayShort();
  return { words, unread };
}

const sayDigits = (number: string, before: string): Syllable[] =>
  russianDigits(number).flatMap((digit, at) => syllabify(pronounceCyrillic(digit, "russian", at === 0 ? before : "")));

const wordPattern = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’][\p{L}\p{M}]+)*['’]?/gu;
/** Letters of short words that join the next word, and of words that others may follow. */
const [mostShort, mostBehind] = [8, 64];
/** Joins the previous word. */
const enclitics = new Set(["б", "ж", "ль"]);
/** A letter of an unsupported script. */
const foreign = /[^\P{L}\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u;

/** Appends a short word's phones to the previous word; alone it gets a schwa. */
function saidBehind(
  word: PronouncedWord | undefined,
  { from, to, letters }: { readonly from: number; readonly to: number; readonly letters: string },
): PronouncedWord[] {
  const last = word && to - word.from <= mostBehind ? word.syllables.at(-1) : undefined;
  const phones = pronounceCyrillic(letters, last ? "russian" : "other").map(({ phone }) => phone);
  if (phones.length === 0) return word ? [word] : [];
  if (!word || !last)
    return [
      ...(word ? [word] : []),
      { from, to, syllables: [{ phones: [...phones, "ax"], vowel: phones.length, stressed: false }] },
    ];
  const longer = { ...last, phones: [...last.phones, ...phones] };
  return [{ ...word, to, syllables: [...word.syllables.slice(0, -1), longer] }];
}

/** Cache of recent words. */
const known = new Map<string, readonly Syllable[]>();
const mostKnown = 20_000;

/** The syllables of one word; the same word always has the same. */
export function syllablesOf(word: string): readonly Syllable[] {
  const key = word.toLowerCase().replaceAll("’", "'");
  const found = known.get(key) ?? syllabify(voiced(phonesOf(key)));
  if (known.size >= mostKnown) known.clear();
  known.set(key, found);
  return found;
}

interface Sounded {
  readonly phone: string;
  readonly stressed: boolean;
}

/** Inserts a schwa before the last phone where there is no vowel: "hmm", "shh". */
function voiced(sounds: readonly Sounded[]): readonly Sounded[] {
  if (sounds.length === 0 || sounds.some(({ phone }) => isVowel(phone))) return sounds;
  return [...sounds.slice(0, -1), { phone: "ax", stressed: false }, sounds.at(-1)!];
}

let dictionary: Readonly<Record<string, string>> | undefined;

/** Loads the dictionary (90 MB, a quarter of a second), on first use or before. */
export function loadDictionary(): NonNullable<typeof dictionary> {
  dictionary ??= (createRequire(import.meta.url)("cmu-pronouncing-dictionary") as typeof cmu).dictionary;
  return dictionary;
}

function entryOf(word: string): string | undefined {
  const dictionary = loadDictionary();
  return Object.hasOwn(dictionary, word) ? dictionary[word] : undefined;
}

function phonesOf(word: string): Sounded[] {
  const entry = entryOf(word) ?? entryOf(word.replace(/'$/, "")); // a closing quotation mark
  if (entry !== undefined) return entry.split(" ").map(sounded);
  if (/^\d+$/.test(word)) return digitWords(word).flatMap(phonesOf);
  const phones = bySpelling(word);
  const first = phones.findIndex(isVowel);
  return phones.map((phone, index) => ({ phone, stressed: index === first }));
}

/** From the dictionary's "AH0" or "NG". */
function sounded(code: string): Sounded {
  const phone = code === "AH0" ? "ax" : code.replace(/\d/, "").toLowerCase();
  return { phone, stressed: /[12]/.test(code) };
}

/** Onsets of English syllables, besides any single consonant but "ng". */
const onsets = new Set(
  `p l,p r,p y,b l,b r,b y,t r,t w,d r,d w,k l,k r,k w,k y,g l,g r,g w,f l,f r,f y,v y,th r,th w,sh r,hh y,hh w,m y,n y,
s p,s t,s k,s f,s m,s n,s l,s w,s p l,s p r,s p y,s t r,s k r,s k w,s k l,s k y`.split(/,\s*/),
);

/** Maximal onset principle. */
function syllabify(sounds: readonly Sounded[]): Syllable[] {
  const centres = sounds.flatMap(({ phone }, index) => (isVowel(phone) ? [index] : []));
  if (centres.length === 0) return [];
  const starts = centres.map((centre, index) => {
    if (index === 0) return 0;
    const before = centres[index - 1]!;
    let start = centre;
    while (start - 1 > before && mayBegin(sounds.slice(start - 1, centre))) start--;
    return start;
  });
  return starts.map((start, index) => ({
    phones: sounds.slice(start, starts[index + 1]).map(({ phone }) => phone),
    vowel: centres[index]! - start,
    stressed: sounds[centres[index]!]!.stressed,
  }));
}

function mayBegin(consonants: readonly Sounded[]): boolean {
  const phones = consonants.map(({ phone }) => phone);
  return phones.length === 1 ? phones[0] !== "ng" : onsets.has(phones.join(" "));
}

/** Phones from the last stressed vowel on: words with equal ones rhyme. */
export function rhymeOf(word: string): string {
  const syllables = syllablesOf(word);
  const from = Math.max(
    0,
    syllables.findLastIndex(({ stressed }) => stressed),
  );
  const [first, ...rest] = syllables.slice(from);
  if (!first) return "";
  return [...first.phones.slice(first.vowel), ...rest.flatMap(({ phones }) => phones)].join(" ");
}
