/** How every song ends: its last bar is one long chord. */
import { drum } from "./groove.ts";
import { type Note, type Role, type Score, ticksPerBar } from "./score.ts";
import { type Chord, chordOf, type Key, nearest, voice } from "./theory.ts";

interface Ending {
  readonly key: Key;
  readonly bars: number;
}

/** Gives the last bar to a long tonic chord in every part that plays. */
export function endOn<P extends Pick<Score, "chords" | "parts">>(piece: P, { key, bars }: Ending): P {
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
