/** A song as a score: parts with notes on a grid of twelve ticks per beat, chords, sections and mix settings. */
import type { Chord } from "./theory.ts";

/** Divisible into sixteenths (3 ticks) and swung eighths (8 + 4 ticks). */
export const ticksPerBeat = 12;
export const ticksPerBar = 4 * ticksPerBeat;

/** Sample rate of rendered songs, in Hz. */
export const sampleRate = 22_050;
/**
 * Samples per grain, the unit of tempo. A tick is a whole number of grains, so that onsets lie on code boundaries for
 * hops of 16, 64 and 128: equal bars become equal codes, which a small model learns more easily.
 */
export const grain = 128;

export interface Note {
  readonly tick: number;
  readonly ticks: number;
  /** MIDI pitch, 60 is middle C; in a drum part the General MIDI drum note. */
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

/** A phrase of a vocal part, sung in one breath. */
export interface VocalPhrase {
  readonly tick: number;
  readonly ticks: number;
  /** Number of notes. */
  readonly notes: number;
}

export interface Part {
  readonly role: Role;
  /** General MIDI program, 0 … 127; in a drum part the kit. */
  readonly program: number;
  /** Loudness while it sounds, in dB. */
  readonly level: number;
  /** Sidechain ducking: quieter at every bass drum. */
  readonly ducked?: boolean;
  /**
   * Delay of its notes on and off the beat, in half grains (2.9 ms); constant, so that equal bars become equal codes.
   */
  readonly late?: { readonly on: number; readonly off: number };
  /** The singer, if lyrics are rendered on this part; `program` stands in where they are not. */
  readonly singer?: Singer;
  readonly lines?: readonly VocalPhrase[];
  readonly notes: readonly Note[];
}

/** Reverb and equaliser of the mix. */
export interface Finish {
  /** Reverb: decay time (−60 dB) in seconds, and level relative to the dry sound in dB. */
  readonly room: { readonly seconds: number; readonly level: number };
  /** Gain above 1.6 kHz, in dB. */
  readonly tilt: number;
  /** Peaking filters, each about 1.5 octaves wide. */
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
  /** Sections of the same name share their music, apart from embellishments. */
  readonly name: string;
  readonly bar: number;
  readonly bars: number;
  readonly dynamics: Dynamics;
  /** Bars of numerals, cycled: "IIm7 V7 | Imaj7". */
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

/** Beats per minute. */
export const bpmOf = (grainsPerTick: number): number => (60 * sampleRate) / (ticksPerBeat * grainsPerTick * grain);

/** Length of the song in samples: its bars and 1.5 s for the decay of the last chord. */
export const samplesOf = (score: Pick<Score, "bars" | "grainsPerTick">): number =>
  (score.bars * ticksPerBar * score.grainsPerTick + Math.round((1.5 * sampleRate) / grain)) * grain;

/** The chord at a tick; the last chord lasts to the end. Throws before the first chord. */
export function chordAt(chords: readonly ChordSpan[], tick: number): Chord {
  const span = chords.findLast((candidate) => candidate.tick <= tick);
  if (!span) throw new Error(`no chord at tick ${tick}`);
  return span.chord;
}
