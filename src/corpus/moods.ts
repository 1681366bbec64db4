/** What a mood does to a song: how fast, how high, how busy and how loud, what it adds, and how it is finished. */
import { type Dynamics, dynamics, type Finish, type Mood } from "./score.ts";

export interface MoodProfile {
  /** Grains a tick beside the band's own: 1 is slower, −1 is faster. */
  readonly slower: number;
  /** The part of the lead's range that is used, 0 … 1. */
  readonly register: readonly [number, number];
  /** Semitones that chords lie higher. */
  readonly lift: number;
  /** Busy bars beside the band's own share. */
  readonly busy: number;
  /** Share of its length that a note of lead and chords sounds. */
  readonly touch: number;
  /** Steps that whole songs are louder than their form says; one is drawn. */
  readonly louder: readonly number[];
  /** Steps that the drummer plays busier than the rest. */
  readonly drums: number;
  readonly finish: Finish;
}

export const moodProfiles: Readonly<Record<Mood, MoodProfile>> = {
  calm: {
    slower: 1,
    register: [0.2, 0.75],
    lift: 0,
    busy: 0.6,
    touch: 1,
    louder: [-1, -1, 0],
    drums: -1,
    finish: { room: { seconds: 0.5, level: -16 }, tilt: -3, bells: [] },
  },
  bright: {
    slower: 0,
    register: [0.45, 1],
    lift: 5,
    busy: 1.2,
    touch: 0.8,
    louder: [0, 0, 1],
    drums: 0,
    finish: { room: { seconds: 0.3, level: -18 }, tilt: 6, bells: [{ hertz: 180, decibels: -4 }] },
  },
  dark: {
    slower: 1,
    register: [0, 0.5],
    lift: -5,
    busy: 0.8,
    touch: 1,
    louder: [-1, 0, 0],
    drums: 0,
    finish: { room: { seconds: 0.7, level: -14 }, tilt: -10, bells: [{ hertz: 180, decibels: 4 }] },
  },
  tense: {
    slower: -1,
    register: [0.3, 0.85],
    lift: 1,
    busy: 1.5,
    touch: 0.6,
    louder: [0, 1],
    drums: 1,
    finish: { room: { seconds: 0.2, level: -24 }, tilt: 1, bells: [{ hertz: 1800, decibels: 5 }] },
  },
  dreamy: {
    slower: 1,
    register: [0.4, 0.95],
    lift: 3,
    busy: 0.5,
    touch: 1,
    louder: [-1, 0],
    drums: -1,
    finish: { room: { seconds: 1.4, level: -4 }, tilt: -1, bells: [{ hertz: 700, decibels: -5 }] },
  },
};

/** So many steps louder, or softer below 0, within what there is. */
export function louder(from: Dynamics, steps: number): Dynamics {
  const at = dynamics.indexOf(from) + steps;
  return dynamics[Math.min(Math.max(at, 0), dynamics.length - 1)]!;
}
