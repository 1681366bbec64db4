/** Word times from a sidecar, accepted only if they are in order, within the song, and match its lyrics. */
import { isVowel } from "../../singing/phones.ts";
import { pronounce } from "../../singing/pronounce.ts";
import type { SungWords } from "../sung-words.ts";

export interface WordTime {
  readonly word: string;
  /** In seconds of the song. */
  readonly from: number;
  readonly to: number;
}

const mostWords = 20_000;

/** Parses a list of [word, from, to] or {word, from, to}, also as JSON text; returns the end of a sentence if it is wrong. */
export function wordTimes(value: unknown): readonly WordTime[] | string {
  const list = typeof value === "string" ? parsed(value) : value;
  if (!Array.isArray(list) || list.length === 0 || list.length > mostWords) return "are not a list of words";
  const times: WordTime[] = [];
  for (const [index, one] of list.entries()) {
    const [word, from, to] = Array.isArray(one) ? (one as unknown[]) : fieldsOf(one);
    if (typeof word !== "string" || word.trim() === "" || typeof from !== "number" || typeof to !== "number")
      return `can't be read at word ${index + 1}`;
    if (!(from >= (times.at(-1)?.from ?? 0) && to >= from))
      return `run backwards at word ${index + 1}, "${word.slice(0, 40)}"`;
    times.push({ word: word.trim(), from, to });
  }
  return times;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const { word, from, to } = value as Record<string, unknown>;
  return [word, from, to];
}

/** Length of a vowel relative to a consonant. */
const vowelLength = 3;

/** The phones of a word share its time. */
function phonesIn({ word, from, to }: WordTime): (readonly [string, number, number])[] {
  const phones = pronounce(word).flatMap(({ syllables }) => syllables.flatMap((syllable) => syllable.phones));
  const lengthOf = (phone: string): number => (isVowel(phone) ? vowelLength : 1);
  const share = (to - from) / phones.reduce((sum, phone) => sum + lengthOf(phone), 0);
  let at = from;
  return phones.map((phone) => {
    const start = at;
    at += share * lengthOf(phone);
    return [phone, start, at];
  });
}

/** Lyrics with a time for each character, or the end of a sentence about what is wrong. Without lyrics the words are the lyrics. */
export function timedLyrics(
  times: readonly WordTime[],
  lyrics: string | undefined,
  seconds: number,
): SungWords | string {
  const late = times.findIndex(({ to }) => to > seconds);
  if (late >= 0) return `go beyond the song's ${seconds.toFixed(1)} s at word ${late + 1}`;
  const text = lyrics ?? times.map(({ word }) => word).join(" ");
  const lower = text.toLowerCase();
  const same = lower.length === text.length;
  const characters: (readonly [number, number])[] = [];
  let at = 0;
  for (const [index, { word, from, to }] of times.entries()) {
    const found = (same ? lower : text).indexOf(same ? word.toLowerCase() : word, at);
    if (found < 0) return `are not of its lyrics: "${word.slice(0, 40)}", word ${index + 1}, is not in them`;
    const silent = Math.min(times[index - 1]?.to ?? from, from);
    while (characters.length < found) characters.push([silent, from]);
    for (let letter = 0; letter < word.length; letter++)
      characters.push([from + ((to - from) * letter) / word.length, from + ((to - from) * (letter + 1)) / word.length]);
    at = found + word.length;
  }
  const end = times.at(-1)!.to;
  while (characters.length < text.length) characters.push([end, end]);
  return { lyrics: text, characters, phones: times.flatMap(phonesIn) };
}
