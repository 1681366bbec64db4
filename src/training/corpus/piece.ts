/** What a genre's composer is given, what it gives back, and what all of them do alike: forms and endings. */
import type { Band, Repertoire } from "./bands.ts";
import { drum } from "./groove.ts";
import type { Tune, Voice } from "./melody.ts";
import { composeTune, embellish, sing } from "./melody.ts";
import type { Random } from "./random.ts";
import { type ChordSpan, type Note, type Part, type Role, type Section, ticksPerBar } from "./score.ts";
import { type Chord, chordOf, type Key, nearest, voice } from "./theory.ts";

export interface Brief {
  readonly random: Random;
  readonly key: Key;
  readonly bars: number;
  readonly band: Band;
  readonly repertoire: Repertoire;
}

export interface Piece {
  readonly sections: readonly Section[];
  readonly chords: readonly ChordSpan[];
  readonly parts: readonly Part[];
}

/** Names of sections and their bars, such as [["A", 8], ["B", 8]]. */
export type Form = readonly (readonly [name: string, bars: number])[];

/** Sections after a form, round and round until the bars are full. */
export function sectionsOf(template: Form, bars: number): Section[] {
  const sections: Section[] = [];
  for (let bar = 0, index = 0; bar < bars; index++) {
    const [name, length] = template[index % template.length]!;
    sections.push({ name, bar, bars: Math.min(length, bars - bar) });
    bar += length;
  }
  return sections;
}

export interface Song {
  readonly sections: readonly Section[];
  readonly chords: readonly ChordSpan[];
  readonly range: readonly [number, number];
  /** By name of the section; a section without one rests. */
  readonly tunes: Readonly<Record<string, Tune | undefined>>;
  /** Ticks of the shortest note that comes easily: a swung or a straight eighth. */
  readonly short: number;
}

/** Sings each section's tune; every second time that a section comes, with small changes. */
export function melody({ sections, chords, range, tunes, short }: Song): Note[] {
  const times = new Map<string, number>();
  return sections.flatMap(({ name, bar, bars }) => {
    const time = times.get(name) ?? 0;
    times.set(name, time + 1);
    const tune = tunes[name];
    if (!tune) return [];
    const notes = sing(tune, { chords, range, bar, bars });
    return time % 2 === 1 ? embellish(notes, chords, short) : notes;
  });
}

export const tuneOf = (random: Random, voice: Voice, plans: readonly string[]): Tune =>
  composeTune(random, voice, random.pick(plans));

/** Gives the last bar to a long tonic chord in every part that plays. */
export function endOn(piece: Piece, { key, bars }: Pick<Brief, "key" | "bars">): Piece {
  const tick = (bars - 1) * ticksPerBar;
  const chord = chordOf(key.mode === "minor" ? "Im" : key.mode === "blues" ? "I7" : "I", key);
  const parts = piece.parts.map((part) => {
    const notes = part.notes.filter((note) => note.tick < tick).map((note) => cutAt(note, tick));
    return { ...part, notes: notes.length === 0 ? [] : [...notes, ...lastNotes(part.role, notes, chord, tick)] };
  });
  const chords = [...piece.chords.filter((span) => span.tick < tick), { tick, ticks: ticksPerBar, chord }];
  return { ...piece, parts, chords };
}

function lastNotes(role: Role, notes: readonly Note[], chord: Chord, tick: number): Note[] {
  const end = notes.at(-1)!.pitch;
  const hold = (pitch: number): Note => ({ tick, ticks: ticksPerBar, pitch, velocity: 100 });
  const [root = 0, third = 0, fifth = 0] = chord.tones;
  if (role === "drums") return [drum.kick, drum.crash].map((pitch) => ({ ...hold(pitch), ticks: 3 }));
  if (role === "chords") return voice({ ...chord, tones: [root, third, fifth] }, [end], end - 9, end + 7).map(hold);
  return [hold(nearest(end, role === "inner" ? [third, fifth] : [root]))];
}

const cutAt = (note: Note, tick: number): Note => ({ ...note, ticks: Math.min(note.ticks, tick - note.tick) });
