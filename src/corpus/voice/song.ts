/** A song's lead, sung: generated lyrics on its melody, a syllable a note, and the time of every letter and phone. */

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
import { composeLine } from "./lyrics.ts";
import { ranges, type Singer, type Span, singLine } from "./singer.ts";

export interface SungSong {
  /** A line a phrase, an empty line between sections. */
  readonly lyrics: string;
  /** The voice alone: mono, 22,050 Hz, as long as the song. */
  readonly sound: Float32Array;
  /** When each character of the lyrics is heard, in seconds of the song. */
  readonly characters: readonly Span[];
  readonly phones: readonly TimedPhone[];
  /** When each line that isn't empty is heard. */
  readonly lines: readonly SungTextLine[];
}

export interface SungTextLine extends Span {
  readonly text: string;
}

export interface Singing {
  readonly singer: Singer;
  /** Of the words; the melody is the score's. */
  readonly seed: number;
}

/** Shorter notes go on with the syllable before them, and phrases are no longer than lines can be. */
const shortest = 0.24;
const mostSyllables = 12;
const fewestSyllables = 5;
/** Before the first note of a section, for its consonants. */
const lead = 0.25;
/** Sections of these names have the same words each time. */
const refrain = /^(refrain|chorus|hook)$/i;

/** Sings every section that has a melody to sing. */
export function singSong(score: Score, { singer, seed }: Singing): SungSong {
  const random = createRandom(seedFor(seed, 1));
  const sound = new Float32Array(samplesOf(score));
  const verses: { lines: string; characters: readonly Span[]; phones: readonly TimedPhone[] }[] = [];
  const known = new Map<string, string>();
  for (const { name, phrases } of sectionsToSing(score, ranges[singer])) {
    const lines = write(random, phrases, refrain.test(name) ? known : new Map()).join("\n");
    const start = Math.max(0, phrases[0]![0]!.seconds - lead);
    const notes = phrases.flat().map((note) => ({ ...note, seconds: note.seconds - start }));
    const sung = singLine({ singer, text: lines, notes });
    const at = Math.round(start * sampleRate);
    for (let n = 0; n < sung.sound.length && at + n < sound.length; n++) sound[at + n]! += sung.sound[n]!;
    const later = <T extends Span>(span: T): T => ({ ...span, from: span.from + start, to: span.to + start });
    verses.push({ lines, characters: sung.characters.map(later), phones: sung.phones.map(later) });
  }
  return { sound, ...joined(verses) };
}

function joined(verses: readonly { lines: string; characters: readonly Span[]; phones: readonly TimedPhone[] }[]) {
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
  const shift = octavesInto(range, notes);
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
          pitch: folded(note.pitch + shift, range),
          held: joins && ticks * secondsPerTick < shortest,
        };
      }),
    );
    return [{ name: section.name, phrases: joinShort(phrases.flatMap(splitLong)) }];
  });
}

/** The part that the words are sung on: the singer's, or the lead where nobody is a singer. */
export const sungPart = ({ parts }: Score): Score["parts"][number] | undefined =>
  parts.find(({ role }) => role === "voice") ?? parts.find(({ role }) => role === "lead");

/** Who sings, where somebody is a singer. */
export const singerOf = ({ parts }: Score): Singer | undefined => parts.find(({ role }) => role === "voice")?.singer;

const inside = ({ tick }: Note, { bar, bars }: Section): boolean =>
  tick >= bar * ticksPerBar && tick < (bar + bars) * ticksPerBar;

/** Whole octaves that bring the middle of the melody nearest to the middle of a range. */
function octavesInto([low, high]: readonly [number, number], notes: readonly Note[]): number {
  if (notes.length === 0) return 0;
  const mean = notes.reduce((sum, { pitch }) => sum + pitch, 0) / notes.length;
  return 12 * Math.round(((low + high) / 2 - mean) / 12);
}

function folded(pitch: number, [low, high]: readonly [number, number]): number {
  if (pitch < low) return pitch + 12 * Math.ceil((low - pitch) / 12);
  return pitch > high ? pitch - 12 * Math.ceil((pitch - high) / 12) : pitch;
}

/** A phrase ends before a rest of a beat, and every two bars. */
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

/** Halves of what has more syllables than a line. */
function splitLong(phrase: Phrase): Phrase[] {
  if (syllablesIn(phrase) <= mostSyllables) return [phrase];
  const half = Math.ceil(phrase.length / 2);
  const second = phrase.slice(half).map((note, index) => (index === 0 ? { ...note, held: false } : note));
  return [...splitLong(phrase.slice(0, half)), ...splitLong(second)];
}

/** A phrase of a few syllables goes into one line with what follows, or at the end with what was before. */
function joinShort(phrases: readonly Phrase[]): Phrase[] {
  const joined: Phrase[] = [];
  for (const phrase of phrases) {
    const before = joined.at(-1);
    const both = before ? [...before, ...phrase] : phrase;
    const short = before && Math.min(syllablesIn(before), syllablesIn(phrase)) < fewestSyllables;
    if (short && syllablesIn(both) <= mostSyllables) joined[joined.length - 1] = both;
    else joined.push(phrase);
  }
  return joined;
}

const syllablesIn = (phrase: Phrase): number => phrase.filter(({ held }) => !held).length;

/** A line for each phrase, rhyming in pairs; a phrase that came before in a refrain has its line again. */
function write(random: Random, phrases: readonly Phrase[], known: Map<string, string>): string[] {
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
