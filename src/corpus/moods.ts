/** What a mood changes in a song: tempo, register, density, dynamics, and reverb and equaliser of the mix. */
import { type Dynamics, dynamics, type Finish, type Mood } from "./score.ts";

export interface MoodProfile {
  /** Added to the band's grains per tick: 1 is slower, −1 is faster. */
  readonly tempoOffset: number;
  /** The part of the lead's range that is used: from and to, 0 … 1. */
  readonly register: readonly [number, number];
  /** Semitones by which the range of chords is moved up. */
  readonly chordShift: number;
  /** Factor on the band's share of busy bars. */
  readonly busy: number;
  /** Share of its written length for which a note of lead, answer and chords sounds. */
  readonly articulation: number;
  /** Steps of dynamics added to the whole form; one is drawn per song. */
  readonly dynamicsShifts: readonly number[];
  /** Steps of dynamics added for the drums alone. */
  readonly drums: number;
  readonly finish: Finish;
}

export const moodProfiles: Readonly<Record<Mood, MoodProfile>> = {
  calm: {
    tempoOffset: 1,
    register: [0.2, 0.75],
    chordShift: 0,
    busy: 0.6,
    articulation: 1,
    dynamicsShifts: [-1, -1, 0],
    drums: -1,
    finish: { room: { seconds: 0.5, level: -16 }, tilt: -3, bells: [] },
  },
  bright: {
    tempoOffset: 0,
    register: [0.45, 1],
    chordShift: 5,
    busy: 1.2,
    articulation: 0.8,
    dynamicsShifts: [0, 0, 1],
    drums: 0,
    finish: { room: { seconds: 0.3, level: -18 }, tilt: 6, bells: [{ hertz: 180, decibels: -4 }] },
  },
  dark: {
    tempoOffset: 1,
    register: [0, 0.5],
    chordShift: -5,
    busy: 0.8,
    articulation: 1,
    dynamicsShifts: [-1, 0, 0],
    drums: 0,
    finish: { room: { seconds: 0.7, level: -14 }, tilt: -10, bells: [{ hertz: 180, decibels: 4 }] },
  },
  tense: {
    tempoOffset: -1,
    register: [0.3, 0.85],
    chordShift: 1,
    busy: 1.5,
    articulation: 0.6,
    dynamicsShifts: [0, 1],
    drums: 1,
    finish: { room: { seconds: 0.2, level: -24 }, tilt: 1, bells: [{ hertz: 1800, decibels: 5 }] },
  },
  dreamy: {
    tempoOffset: 1,
    register: [0.4, 0.95],
    chordShift: 3,
    busy: 0.5,
    articulation: 1,
    dynamicsShifts: [-1, 0],
    drums: -1,
    finish: { room: { seconds: 1.4, level: -4 }, tilt: -1, bells: [{ hertz: 700, decibels: -5 }] },
  },
};

/** Raises dynamics by `steps` (lowers it if negative), clamped to soft … loud. */
export function shiftDynamics(from: Dynamics, steps: number): Dynamics {
  const at = dynamics.indexOf(from) + steps;
  return dynamics[Math.min(Math.max(at, 0), dynamics.length - 1)]!;
}
