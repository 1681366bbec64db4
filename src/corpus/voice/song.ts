/** Sings a song's vocal part: generates lyrics, one syllable per note, and times all characters and phones. */

import { createRandom, type Random, seedFor } from "../../random.ts";
import type { SungNote, TimedPhone } from "../../singing/schedule.ts";
import {
  grain,
  type Note,
  type Score,
  type Section,
  sampleRate,
  samplesOf,
  ticksPerBar,
  ticksPerBeat,
} from "../score.ts";
import { moveIntoRange } from "../theory.ts";
import { composeLine } from "./lyrics.ts";
import { ranges, type Singer, type Span, singLine } from "./singer.ts";

export interface SungSong {
  /** One line per phrase, an empty line between sections. */
  readonly lyrics: string;
  /** The voice alone: mono, 22,050 Hz, as long as the song. */
  readonly sound: Float32Array;
  /** Span of each character of the lyrics, in seconds of the song. */
  readonly characters: readonly Span[];
  readonly phones: readonly TimedPhone[];
  /** Lines that are not empty, with their spans. */
  readonly lines: readonly SungTextLine[];
}

export interface SungTextLine extends Span {
  readonly text: string;
}

export interface SingOptions {
  readonly singer: Singer;
  /** Seed of the lyrics; the melody is the score's. */
  readonly seed: number;
}

/** Tied notes shorter than this (seconds) continue the syllable before; lines have this many syllables. */
const shortest = 0.24;
const mostSyllables = 12;
const fewestSyllables = 5;
/** Seconds before the first note of a section, for its consonants. */
const lead = 0.25;
/** Sections of these names repeat their lyrics. */
const refrain = /^(refrain|chorus|hook)$/i;

/** Sings every section that has vocal notes. */
export function singSong(score: Score, { singer, seed }: SingOptions): SungSong {
  const random = createRandom(seedFor(seed, 1));
  const sound = new Float32Array(samplesOf(score));
  const verses: { lines: string; characters: readonly Span[]; phones: readonly TimedPhone[] }[] = [];
  const known = new Map<string, string>();
  for (const { name, phrases } of sectionsToSing(score, ranges[singer])) {
    const lines = writeLyrics(random, phrases, refrain.test(name) ? known : new Map()).join("\n");
    const start = Math.max(0, phrases[0]![0]!.seconds - lead);
    const notes = phrases.flat().map((note) => ({ ...note, seconds: note.seconds - start }));
    const sung = singLine({ singer, text: lines, notes });
    const at = Math.round(start * sampleRate);
    for (let n = 0; n < sung.sound.length && at + n < sound.length; n++) sound[at + n]! += sung.sound[n]!;
    const later = <T extends Span>(span: T): T => ({ ...span, from: span.from + start, to: span.to + start });
    verses.push({ lines, characters: sung.characters.map(later), phones: sung.phones.map(later) });
  }
  return { sound, ...joinSections(verses) };
}

function joinSections(
  verses: readonly { lines: string; characters: readonly Span[]; phones: readonly TimedPhone[] }[],
) {
  const characters = verses.flatMap(({ characters: own }, index) => {
    const next = verses[index + 1];
    if (!next) return own;
    const between = { from: own.at(-1)!.to, to: Math.max(own.at(-1)!.to, next.characters[0]!.from) };
    return [...own, between, between]; // two line breaks
  });
  const lyrics = verses.map(({ lines }) => lines).join("\n\n");
  const lines = [...lyrics.matchAll(/.+/g)].map(({ 0: text, index }) => ({
    text,
    from: characters[index]!.from,
    to: characters[index + text.length - 1]!.to,
  }));
  return { lyrics, characters, lines, phones: verses.flatMap(({ phones }) => phones) };
}

type Phrase = readonly SungNote[];

function sectionsToSing(score: Score, range: readonly [number, number]): { name: string; phrases: Phrase[] }[] {
  const notes = sungPart(score)?.notes ?? [];
  const shift = octaveShift(range, notes);
  const secondsPerTick = (score.grainsPerTick * grain) / sampleRate;
  return score.sections.flatMap((section) => {
    const own = notes.filter((note) => inside(note, section));
    if (own.length === 0) return [];
    const phrases = phrasesOf(own).map((phrase) =>
      phrase.map((note, index): SungNote => {
        const before = phrase[index - 1];
        const joins = before !== undefined && note.tick <= before.tick + before.ticks;
        const next = own[own.indexOf(note) + 1];
        const ticks = next ? Math.min(note.ticks, next.tick - note.tick) : note.ticks;
        return {
          seconds: note.tick * secondsPerTick,
          duration: ticks * secondsPerTick,
          pitch: moveIntoRange(note.pitch + shift, range),
          held: joins && ticks * secondsPerTick < shortest,
        };
      }),
    );
    return [{ name: section.name, phrases: joinShort(phrases.flatMap(splitLong)) }];
  });
}

/** The part that lyrics are sung on: the vocal part, or the lead of a song without one. */
export const sungPart = ({ parts }: Score): Score["parts"][number] | undefined =>
  parts.find(({ role }) => role === "voice") ?? parts.find(({ role }) => role === "lead");

/** The singer of a song's vocal part, if it has one. */
export const singerOf = ({ parts }: Score): Singer | undefined => parts.find(({ role }) => role === "voice")?.singer;

const inside = ({ tick }: Note, { bar, bars }: Section): boolean =>
  tick >= bar * ticksPerBar && tick < (bar + bars) * ticksPerBar;

/** Semitones, in whole octaves, that move the melody's mean pitch nearest to the middle of a range. */
function octaveShift([low, high]: readonly [number, number], notes: readonly Note[]): number {
  if (notes.length === 0) return 0;
  const mean = notes.reduce((sum, { pitch }) => sum + pitch, 0) / notes.length;
  return 12 * Math.round(((low + high) / 2 - mean) / 12);
}

/** Splits notes into phrases: before a rest of at least a beat, and every two bars. */
function phrasesOf(notes: readonly Note[]): Note[][] {
  const phrases: Note[][] = [];
  for (const [index, note] of notes.entries()) {
    const before = notes[index - 1];
    const pair = (tick: number) => Math.floor(tick / (2 * ticksPerBar));
    const breath = before && note.tick - (before.tick + before.ticks) >= ticksPerBeat;
    if (!before || breath || pair(note.tick) !== pair(before.tick)) phrases.push([]);
    phrases.at(-1)!.push(note);
  }
  return phrases;
}

/** Halves phrases that have too many syllables for a line. */
function splitLong(phrase: Phrase): Phrase[] {
  if (syllablesIn(phrase) <= mostSyllables) return [phrase];
  const half = Math.ceil(phrase.length / 2);
  const second = phrase.slice(half).map((note, index) => (index === 0 ? { ...note, held: false } : note));
  return [...splitLong(phrase.slice(0, half)), ...splitLong(second)];
}

/** Joins phrases with too few syllables with a neighbour, if both fit in a line. */
function joinShort(phrases: readonly Phrase[]): Phrase[] {
  const joinSections: Phrase[] = [];
  for (const phrase of phrases) {
    const before = joinSections.at(-1);
    const both = before ? [...before, ...phrase] : phrase;
    const short = before && Math.min(syllablesIn(before), syllablesIn(phrase)) < fewestSyllables;
    if (short && syllablesIn(both) <= mostSyllables) joinSections[joinSections.length - 1] = both;
    else joinSections.push(phrase);
  }
  return joinSections;
}

const syllablesIn = (phrase: Phrase): number => phrase.filter(({ held }) => !held).length;

/** Writes a line for each phrase, in rhyming pairs; `known` holds the lines of refrains by index and syllables. */
function writeLyrics(random: Random, phrases: readonly Phrase[], known: Map<string, string>): string[] {
  const lines: string[] = [];
  for (const [index, phrase] of phrases.entries()) {
    const syllables = syllablesIn(phrase);
    const rhymesWith = index % 2 === 1 ? lastWord(lines[index - 1]!) : undefined;
    const key = `${index} ${syllables}`;
    const line = known.get(key) ?? composeLine(random, { syllables, ...(rhymesWith !== undefined && { rhymesWith }) });
    known.set(key, line);
    lines.push(line);
  }
  return lines;
}

const lastWord = (line: string): string => line.slice(line.lastIndexOf(" ") + 1);
