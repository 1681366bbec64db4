/** The end of every song: its last bar is one long tonic chord. */
import { drum } from "./drum-patterns.ts";
import { type Note, type Role, type Score, ticksPerBar } from "./score.ts";
import { type Chord, chordOf, type Key, nearestPitch, voiceChord } from "./theory.ts";

interface Ending {
  readonly key: Key;
  readonly bars: number;
}

/** Replaces the last bar by the tonic chord in every part that has notes before it. */
export function addEnding<P extends Pick<Score, "chords" | "parts">>(piece: P, { key, bars }: Ending): P {
  const tick = (bars - 1) * ticksPerBar;
  const chord = chordOf(key.mode === "minor" ? "Im" : key.mode === "blues" ? "I7" : "I", key);
  const parts = piece.parts.map((part) => {
    const notes = part.notes.filter((note) => note.tick < tick).map((note) => truncate(note, tick));
    return { ...part, notes: notes.length === 0 ? [] : [...notes, ...finalNotes(part.role, notes, chord, tick)] };
  });
  const chords = [...piece.chords.filter((span) => span.tick < tick), { tick, ticks: ticksPerBar, chord }];
  return { ...piece, parts, chords };
}

function finalNotes(role: Role, notes: readonly Note[], chord: Chord, tick: number): Note[] {
  const end = notes.at(-1)!.pitch;
  const hold = (pitch: number): Note => ({ tick, ticks: ticksPerBar, pitch, velocity: 100 });
  const [root = 0, third = 0, fifth = 0] = chord.tones;
  if (role === "drums") return [drum.kick, drum.crash].map((pitch) => ({ ...hold(pitch), ticks: 3 }));
  if (role === "chords")
    return voiceChord({ ...chord, tones: [root, third, fifth] }, [end], end - 9, end + 7).map(hold);
  return [hold(nearestPitch(end, role === "inner" ? [third, fifth] : [root]))];
}

const truncate = (note: Note, tick: number): Note => ({ ...note, ticks: Math.min(note.ticks, tick - note.tick) });
