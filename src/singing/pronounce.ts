/** Words to syllables of phones with stress: by the pronouncing dictionary, or by their spelling where it lacks them. */
import { createRequire } from "node:module";
import type * as cmu from "cmu-pronouncing-dictionary";
import { cyrillic, isClitic, readingOf, russianDigits, sayCyrillic } from "./cyrillic.ts";
import { isVowel } from "./phones.ts";
import { bySpelling, digitWords } from "./spelling.ts";

export interface Syllable {
  /** Flite's names: ARPAbet in small letters, "ax" for the murmured vowel. */
  readonly phones: readonly string[];
  /** Which of them is the vowel. */
  readonly vowel: number;
  /** Whether the dictionary stresses it, first or second. */
  readonly stressed: boolean;
}

/** A word of a text as it is sung. */
export interface SungWord {
  /** In the text: its first character, and the one after its last. */
  readonly from: number;
  readonly to: number;
  readonly syllables: readonly Syllable[];
}

/** Longer words are refused: the longest in English dictionaries has 45 letters. */
export const mostLetters = 64;

/** The first word of a text that is too long to be pronounced. */
export const endlessWord = (text: string): string | undefined =>
  text.matchAll(wordPattern).find(([word]) => word.length > mostLetters)?.[0];

/** The words of a text in order; what can't be read (signs, other scripts) is left out. */
export const pronounce = (text: string): SungWord[] => readWords(text).words;

export interface ReadWords {
  readonly words: SungWord[];
  /** Words that nothing here can say. */
  readonly unread: readonly string[];
}

/** The words that can be said, and those that can't. A Cyrillic word without a vowel, such as "в", is one with its neighbour. */
export function readWords(text: string, reading = readingOf(text)): ReadWords {
  const words: SungWord[] = [];
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
        ? syllabify(sayCyrillic(letters, reading, before?.letters ?? ""))
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
  russianDigits(number).flatMap((digit, at) => syllabify(sayCyrillic(digit, "russian", at === 0 ? before : "")));

const wordPattern = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’][\p{L}\p{M}]+)*['’]?/gu;
/** Letters of short words that are said with the next one, and of a word that others may be said behind. */
const [mostShort, mostBehind] = [8, 64];
/** Said with the word before. */
const enclitics = new Set(["б", "ж", "ль"]);
/** A letter of a script that no rule here knows. */
const foreign = /[^\P{L}\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u;

/** The word before with the phones of a short one behind it; alone, that gets a murmur for a vowel. */
function saidBehind(
  word: SungWord | undefined,
  { from, to, letters }: { readonly from: number; readonly to: number; readonly letters: string },
): SungWord[] {
  const last = word && to - word.from <= mostBehind ? word.syllables.at(-1) : undefined;
  const phones = sayCyrillic(letters, last ? "russian" : "other").map(({ phone }) => phone);
  if (phones.length === 0) return word ? [word] : [];
  if (!word || !last)
    return [
      ...(word ? [word] : []),
      { from, to, syllables: [{ phones: [...phones, "ax"], vowel: phones.length, stressed: false }] },
    ];
  const longer = { ...last, phones: [...last.phones, ...phones] };
  return [{ ...word, to, syllables: [...word.syllables.slice(0, -1), longer] }];
}

/** What was asked for lately: texts repeat their words. */
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

/** With a murmur before the last phone where there is no vowel: "hmm", "shh". */
function voiced(sounds: readonly Sounded[]): readonly Sounded[] {
  if (sounds.length === 0 || sounds.some(({ phone }) => isVowel(phone))) return sounds;
  return [...sounds.slice(0, -1), { phone: "ax", stressed: false }, sounds.at(-1)!];
}

let dictionary: Readonly<Record<string, string>> | undefined;

/** The dictionary takes 90 MB and a quarter of a second: it is loaded when there is something to sing, or will be. */
export function loadDictionary(): NonNullable<typeof dictionary> {
  dictionary ??= (createRequire(import.meta.url)("cmu-pronouncing-dictionary") as typeof cmu).dictionary;
  return dictionary;
}

function entryOf(word: string): string | undefined {
  const dictionary = loadDictionary();
  return Object.hasOwn(dictionary, word) ? dictionary[word] : undefined;
}

function phonesOf(word: string): Sounded[] {
  const entry = entryOf(word) ?? entryOf(word.replace(/'$/, "")); // the end of a quotation
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

/** What an English syllable may begin with, beside any single consonant but "ng". */
const onsets = new Set(
  `p l,p r,p y,b l,b r,b y,t r,t w,d r,d w,k l,k r,k w,k y,g l,g r,g w,f l,f r,f y,v y,th r,th w,sh r,hh y,hh w,m y,n y,
s p,s t,s k,s f,s m,s n,s l,s w,s p l,s p r,s p y,s t r,s k r,s k w,s k l,s k y`.split(/,\s*/),
);

/** Each vowel takes as many consonants before it as English allows. */
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

/** From the last stressed vowel to the end: words with the same one rhyme. */
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
