/** A song on paper: notes on a grid of twelve ticks a beat, by part, with the chords that they follow. */
import type { Chord } from "./theory.ts";

/** Twelve divide into sixteenths (3 ticks) and into swung eighths (8 + 4 ticks). */
export const ticksPerBeat = 12;
export const ticksPerBar = 4 * ticksPerBeat;

/** Of the finished sound, in Hz. */
export const sampleRate = 22_050;
/**
 * Samples a grain. Every tick is a whole number of grains, so each onset lies on the edge of a code of hop 128 (and 16
 * and 64): the same beat becomes the same codes each time, which is what a very small model can learn.
 */
export const grain = 128;

export interface Note {
  readonly tick: number;
  readonly ticks: number;
  /** MIDI: 60 is the middle C; in a drum part the number of the drum. */
  readonly pitch: number;
  /** 1 … 127. */
  readonly velocity: number;
}

export const moods = ["calm", "bright", "dark", "tense", "dreamy"] as const;
export type Mood = (typeof moods)[number];

export const dynamics = ["soft", "medium", "loud"] as const;
export type Dynamics = (typeof dynamics)[number];

export type Role = "lead" | "voice" | "answer" | "chords" | "bass" | "drums" | "inner" | "colour";

export const singers = ["low", "high", "choir", "machine"] as const;
export type Singer = (typeof singers)[number];

/** A breath of a sung part: notes of it, and the syllables that are sung on them, one a note, once there are words. */
export interface Line {
  readonly tick: number;
  readonly ticks: number;
  readonly notes: number;
  readonly syllables?: readonly string[];
}

export interface Part {
  readonly role: Role;
  /** General MIDI program, 0 … 127; in a drum part the kit. */
  readonly program: number;
  /** Loudness while it plays, in dB beside the lead. */
  readonly level: number;
  /** Dips at every bass drum, as house music does. */
  readonly ducked?: boolean;
  /** Half grains (2.9 ms) that its notes come late, on a beat and off it: always the same, so the codes are the same too. */
  readonly late?: { readonly on: number; readonly off: number };
  /** Who is to sing it; the program hums it as long as nobody does. */
  readonly singer?: Singer;
  readonly lines?: readonly Line[];
  readonly notes: readonly Note[];
}

/** How the mix is finished, beyond balance and loudness. */
export interface Finish {
  /** Seconds in which the room falls silent (−60 dB), and its level beside the dry sound in dB. */
  readonly room: { readonly seconds: number; readonly level: number };
  /** What is above 1.6 kHz, in dB. */
  readonly tilt: number;
  /** About an octave and a half around a frequency each, in dB. */
  readonly bells: readonly Bell[];
}

export interface Bell {
  readonly hertz: number;
  readonly decibels: number;
}

export interface ChordSpan {
  readonly tick: number;
  readonly ticks: number;
  readonly chord: Chord;
}

export interface Section {
  /** Sections of one name have the same music, but for small variations. */
  readonly name: string;
  readonly bar: number;
  readonly bars: number;
  readonly dynamics: Dynamics;
  /** Bars of numerals, round and round: "IIm7 V7 | Imaj7". */
  readonly chords: string;
}

export interface Score {
  /** Such as "F major". */
  readonly key: string;
  readonly grainsPerTick: number;
  readonly bars: number;
  readonly mood: Mood;
  readonly finish: Finish;
  readonly sections: readonly Section[];
  readonly chords: readonly ChordSpan[];
  readonly parts: readonly Part[];
}

export const bpmOf = (grainsPerTick: number): number => (60 * sampleRate) / (ticksPerBeat * grainsPerTick * grain);

/** Samples of the whole song: its bars, and a second and a half for the last chord to ring. */
export const samplesOf = (score: Pick<Score, "bars" | "grainsPerTick">): number =>
  (score.bars * ticksPerBar * score.grainsPerTick + Math.round((1.5 * sampleRate) / grain)) * grain;

/** The chord that sounds at a tick; the last one holds to the end. */
export function chordAt(chords: readonly ChordSpan[], tick: number): Chord {
  const span = chords.findLast((candidate) => candidate.tick <= tick);
  if (!span) throw new Error(`no chord at tick ${tick}`);
  return span.chord;
}
