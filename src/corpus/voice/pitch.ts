/** The pitch of a sung line at each moment: notes, the glides between them, and vibrato on what is long. */
import type { SungNote } from "../../singing/schedule.ts";

export interface Manner {
  /** Of the vibrato, from the middle to the top, in semitones. */
  readonly depth: number;
  /** Of the vibrato, in Hz. */
  readonly rate: number;
  /** Seconds into a note that vibrato waits for. */
  readonly delay: number;
  /** Off the written pitch, in semitones. */
  readonly detune: number;
}

/** A glide begins before its note and is done soon after, so that the vowel stands on the pitch. */
const glide = { before: 0.06, after: 0.03 };
/** Seconds that vibrato takes to swing in, and to come to rest before the next note. */
const swing = 0.25;
const settle = 0.08;

/** In MIDI pitches by seconds. */
export type PitchCurve = (seconds: number) => number;

export function pitchCurve(notes: readonly SungNote[], manner: Manner): PitchCurve {
  return (seconds) => {
    const index = Math.max(
      0,
      notes.findLastIndex((note) => note.seconds - glide.before <= seconds),
    );
    const note = notes[index]!;
    const from = notes[index - 1]?.pitch ?? note.pitch;
    const passed = (seconds - note.seconds + glide.before) / (glide.before + glide.after);
    const share = passed >= 1 ? 1 : 0.5 - 0.5 * Math.cos(Math.PI * Math.max(0, passed));
    return from + (note.pitch - from) * share + vibrato(seconds, note, manner) + manner.detune;
  };
}

function vibrato(seconds: number, note: SungNote, { depth, rate, delay }: Manner): number {
  const since = seconds - note.seconds - delay;
  const left = note.seconds + note.duration - seconds;
  if (since <= 0 || left <= 0) return 0;
  const strength = Math.min(1, since / swing) * Math.min(1, left / settle);
  return depth * strength * Math.sin(2 * Math.PI * rate * since);
}

export const hertzOf = (pitch: number): number => 440 * 2 ** ((pitch - 69) / 12);
