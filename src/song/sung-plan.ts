/** Lyrics laid out in a song for a model that is told which phone is sung when: a line every two bars, a syllable a note. */
import { UserError } from "../errors.ts";
import type { SungLine } from "../lyrics/alignment.ts";
import { checkSings, mostCharacters } from "../lyrics/lyrics.ts";
import { nothingToSing, unreadNote } from "../lyrics/scripts.ts";
import { END, type Metre, type MetreRules, type SungPhone } from "../music/metre.ts";
import { timeCharacters } from "../singing/characters.ts";
import { readingOf } from "../singing/cyrillic.ts";
import {
  endlessWord,
  loadDictionary,
  mostLetters,
  type PronouncedWord as Pronounced,
  readWords,
} from "../singing/pronounce.ts";
import { type SungNote, schedule } from "../singing/schedule.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Whether a model is told what to sing when, instead of reading lyrics itself. */
export const plansSinging = ({ metre }: Pick<Vocabulary, "metre">): boolean => metre?.phones !== undefined;

/** Loads beforehand what the first lyrics would wait for. */
export function prepareSinging(vocabulary: Pick<Vocabulary, "metre">): void {
  if (plansSinging(vocabulary)) loadDictionary();
}

/** Refuses lyrics for a model that can't sing them. */
export function checkSinger(vocabulary: Vocabulary): void {
  if (!plansSinging(vocabulary)) checkSings(vocabulary.lyrics);
}

/** Refuses lyrics for a band without a singer, where the model knows who has one. */
export function checkBand(artist: string, { bands, metre }: Vocabulary): void {
  const singing = [...new Set(bands.flatMap((band) => (band.metre?.sings ? [band.artist] : [])))];
  const own = bands.filter((band) => band.artist === artist);
  const silent = own.length > 0 && own.every((band) => band.metre && !band.metre.sings);
  if (metre?.phones && singing.length > 0 && silent && !singing.includes(artist))
    throw new UserError(`${artist} has no singer. Lyrics are sung by ${singing.join(", ")}.`);
}

/** What is sung, as the model is told it and as people read it. */
export interface SungPlan {
  readonly phones: readonly SungPhone[];
  readonly lines: readonly SungLine[];
  /** Lines that the song is too short for. */
  readonly unsung: number;
  /** What the user should know of the words. */
  readonly notes: readonly string[];
}

/** Parts of songs in which words are sung; in songs without them, all but the first and last are. */
const sungParts = /^(verse|chorus|refrain)$/;
const silentParts = new RegExp(`^(intro|outro|${END})$`);
const barsPerLine = 2;
/** Of a line's time, the part in which syllables begin, and the part that sounds. */
const begun = 13 / 16;
const sounding = 7 / 8;
/** No syllable is shorter, and no line has more of them. */
const shortestSeconds = 0.24;
const mostSyllables = 12;
/** Eighths from one syllable to the next where there is room. */
const steps = [4, 3, 2, 1] as const;
const eighthsPerLine = 8 * barsPerLine;

/** Lays lyrics out over a song's verses and choruses; they begin again when they are over. Refuses what can't be sung. */
export function planSinging(lyrics: string, metre: Metre, rules: MetreRules, song: Length): SungPlan {
  if (lyrics.length > mostCharacters)
    throw new UserError(`Lyrics may have up to ${mostCharacters} characters, not ${lyrics.length}.`);
  const { samples, sampleRate } = song;
  const lineSeconds = (barsPerLine * metre.ticksPerBar * metre.samplesPerTick) / sampleRate;
  const most = Math.max(3, Math.min(mostSyllables, Math.floor((begun * lineSeconds) / shortestSeconds)));
  const reading = readingOf(lyrics);
  const read = lyrics.split("\n").map((text) => ({ text, ...readWords(text, reading) }));
  const lines = read.flatMap(({ text, words }) => linesOf(text, words, most));
  const unread = read.flatMap((line) => line.unread);
  if (lines.length === 0) throw nothingToSing(unread);
  const starts = placesFor(metre, rules).filter((start) => start + lineSeconds * sampleRate <= samples);
  const sung = starts.map((start, index) => singAt(lines[index % lines.length]!, start / sampleRate, lineSeconds));
  const sampleAt = (seconds: number): number => Math.round(seconds * sampleRate);
  const phones = sung.flatMap(({ timed }) =>
    timed.flatMap(({ phone, from, to }) => {
      const row = (rules.phones ?? []).indexOf(phone) + 1;
      return row > 1 ? [{ phone: row, from: sampleAt(from), to: sampleAt(to) }] : []; // silence lies between
    }),
  );
  const unsung = Math.max(0, lines.length - starts.length);
  return { phones, lines: sung.map(({ line }) => line), unsung, notes: unreadNote(unread) };
}

const walkingBarSeconds = 2;

/** Bars to lay lines out on where no beat is known. */
export function evenMetre(samples: number, sampleRate: number): Metre {
  const ticksPerBar = 48;
  const samplesPerTick = Math.round((walkingBarSeconds * sampleRate) / ticksPerBar);
  const bars = Math.floor(samples / (ticksPerBar * samplesPerTick));
  return { ticksPerBar, samplesPerTick, grain: 1, tempo: 0, key: 0, sections: [{ section: 0, bars }] };
}

export interface Length {
  /** Of the whole song. */
  readonly samples: number;
  readonly sampleRate: number;
}

interface Line {
  readonly text: string;
  readonly words: readonly Pronounced[];
}

const syllablesIn = (words: readonly Pronounced[]): number =>
  words.reduce((sum, { syllables }) => sum + syllables.length, 0);

/** The line, or its pieces where it has more syllables than can be sung: about as long as one another, cut between words. */
function linesOf(text: string, words: readonly Pronounced[], most: number): Line[] {
  const endless = endlessWord(text);
  if (endless !== undefined)
    throw new UserError(
      `I can't pronounce "${endless.slice(0, 20)}…": it has ${endless.length} letters without a space, and a word may have ${mostLetters}.`,
    );
  const pieces = Math.ceil(syllablesIn(words) / most);
  if (pieces === 0) return [];
  const each = syllablesIn(words) / pieces;
  const groups: Pronounced[][] = [[]];
  for (const word of words) {
    const last = groups.at(-1)!;
    const count = syllablesIn(last);
    const more = word.syllables.length;
    if (count > 0 && (count + more > most || count + more / 2 > each)) groups.push([word]);
    else last.push(word);
  }
  return groups.map((group) => {
    const [from, to] = [group[0]!.from, group.at(-1)!.to];
    const moved = group.map((word) => ({ ...word, from: word.from - from, to: word.to - from }));
    return { text: text.slice(from, to), words: moved };
  });
}

/** Samples at which lines begin: every second bar of the parts that are sung. */
function placesFor({ ticksPerBar, samplesPerTick, sections }: Metre, { sections: names }: MetreRules): number[] {
  const nameOf = ({ section }: Metre["sections"][number]): string => names[section - 1] ?? "";
  const named = sections.some((part) => sungParts.test(nameOf(part)));
  let bar = 0;
  return sections.flatMap((part) => {
    const first = bar;
    bar += part.bars;
    const isSung = named ? sungParts.test(nameOf(part)) : !silentParts.test(nameOf(part));
    if (!isSung) return [];
    return Array.from(
      { length: Math.floor(part.bars / barsPerLine) },
      (_, index) => (first + index * barsPerLine) * ticksPerBar * samplesPerTick,
    );
  });
}

function singAt({ text, words }: Line, start: number, lineSeconds: number) {
  const syllables = words.flatMap((word) => word.syllables);
  const notes = rhythm(syllables.length, lineSeconds);
  const lead = Math.min(start, shortestSeconds); // for what is heard before the first vowel
  const timed = schedule(
    syllables,
    notes.map((note) => ({ ...note, seconds: note.seconds + lead })),
  ).map((phone) => ({ ...phone, from: phone.from + start - lead, to: phone.to + start - lead }));
  const spans = timeCharacters(text, words, timed);
  const sungWords = words.map(({ from, to }) => ({
    text: text.slice(from, to),
    from: spans[from]!.from,
    to: spans[to - 1]!.to,
    starts: spans.slice(from, to).map((span) => span.from),
    confidence: 1,
  }));
  const line: SungLine = { text, from: sungWords[0]!.from, to: sungWords.at(-1)!.to, words: sungWords };
  return { line, timed };
}

/** Notes on eighths, evenly, as wide apart as there is room for; more syllables than eighths share the time. */
function rhythm(count: number, lineSeconds: number): SungNote[] {
  const last = Math.floor(begun * eighthsPerLine);
  const step = steps.find((one) => one * (count - 1) <= last);
  const at = (index: number): number => {
    if (count === 1) return 0;
    return step && step > 1 ? step * index : Math.round((index * last) / (count - 1));
  };
  const eighth = lineSeconds / eighthsPerLine;
  return Array.from({ length: count }, (_, index) => {
    const next = index + 1 < count ? at(index + 1) : Math.min(at(index) + 4, sounding * eighthsPerLine);
    return { seconds: at(index) * eighth, duration: (next - at(index)) * eighth, pitch: 60 };
  });
}
