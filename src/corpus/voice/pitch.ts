/** Pitch contour of a sung line: notes, glides between them, and vibrato on long notes. */
import type { SungNote } from "../../singing/schedule.ts";

export interface PitchStyle {
  /** Amplitude of the vibrato, in semitones. */
  readonly depth: number;
  /** Rate of the vibrato, in Hz. */
  readonly rate: number;
  /** Seconds from the start of a note to the start of its vibrato. */
  readonly delay: number;
  /** Offset from the written pitch, in semitones. */
  readonly detune: number;
}

/** Seconds of a glide before and after the start of its note. */
const glide = { before: 0.06, after: 0.03 };
/** Seconds of the vibrato's fade-in, and of its fade-out before the next note. */
const swing = 0.25;
const settle = 0.08;

/** MIDI pitch (fractional) at a time in seconds. */
export type PitchCurve = (seconds: number) => number;

/** The pitch contour of notes in order of time. */
export function pitchCurve(notes: readonly SungNote[], pitchStyle: PitchStyle): PitchCurve {
  return (seconds) => {
    const index = Math.max(
      0,
      notes.findLastIndex((note) => note.seconds - glide.before <= seconds),
    );
    const note = notes[index]!;
    const from = notes[index - 1]?.pitch ?? note.pitch;
    const passed = (seconds - note.seconds + glide.before) / (glide.before + glide.after);
    const share = passed >= 1 ? 1 : 0.5 - 0.5 * Math.cos(Math.PI * Math.max(0, passed));
    return from + (note.pitch - from) * share + vibrato(seconds, note, pitchStyle) + pitchStyle.detune;
  };
}

function vibrato(seconds: number, note: SungNote, { depth, rate, delay }: PitchStyle): number {
  const since = seconds - note.seconds - delay;
  const left = note.seconds + note.duration - seconds;
  if (since <= 0 || left <= 0) return 0;
  const strength = Math.min(1, since / swing) * Math.min(1, left / settle);
  return depth * strength * Math.sin(2 * Math.PI * rate * since);
}

/** Frequency of a MIDI pitch in Hz, A4 = 440. */
export const hertzOf = (pitch: number): number => 440 * 2 ** ((pitch - 69) / 12);
