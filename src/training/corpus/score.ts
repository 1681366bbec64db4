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

export type Role = "lead" | "chords" | "bass" | "drums" | "inner";

export interface Part {
  readonly role: Role;
  /** General MIDI program, 0 … 127; in a drum part the kit. */
  readonly program: number;
  /** Loudness while it plays, in dB beside the lead. */
  readonly level: number;
  /** Dips at every bass drum, as house music does. */
  readonly ducked?: boolean;
  readonly notes: readonly Note[];
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
}

export interface Score {
  /** Such as "F major". */
  readonly key: string;
  readonly grainsPerTick: number;
  readonly bars: number;
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
