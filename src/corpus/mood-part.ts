/** The part that a mood adds: harp (calm), glockenspiel (bright), drone (dark), ostinato (tense), pad (dreamy). */

import { arpeggiate, lowestRoot, sustainChords } from "./accompany.ts";
import { program } from "./bands.ts";
import { type ChordSpan, chordAt, type Mood, type Note, type Part, ticksPerBar } from "./score.ts";
import { type ComposeContext, eachBar } from "./style.ts";

const moodParts: Readonly<Record<Mood, (context: ComposeContext) => Omit<Part, "role">>> = {
  calm: (context) => ({
    program: program.harp,
    level: -8,
    notes: arpeggiate(context, { low: 55, every: 24, order: [0, 1, 2, 1] }),
  }),
  bright: (context) => ({
    program: program.glockenspiel,
    level: -9,
    notes: arpeggiate(context, { low: 74, every: 12, order: [2, 0, 1, 2] }),
  }),
  dark: ({ chords }) => ({ program: program.strings, level: -6, notes: drone(chords) }),
  tense: (context) => ({ program: program.pizzicato, level: -6, notes: ostinato(context) }),
  dreamy: ({ chords }) => ({ program: program.warmPad, level: -5, notes: sustainChords(chords, 62, 76) }),
};

/** The additional part of a song's mood. */
export const moodPart = (context: ComposeContext): Part => ({ role: "colour", ...moodParts[context.mood](context) });

/** Root and fifth, sustained through each chord. */
const drone = (chords: readonly ChordSpan[]): Note[] =>
  chords.flatMap(({ tick, ticks, chord }) => {
    const [root = 0, , fifth = root] = chord.tones;
    const bottom = lowestRoot(chord, 40);
    return [bottom, bottom + ((fifth - root + 12) % 12)].map((pitch) => ({ tick, ticks, pitch, velocity: 80 }));
  });

/** The root, repeated; every fourth note is the third. */
function ostinato(context: ComposeContext): Note[] {
  const every = context.style.short;
  return eachBar(context, (bar) =>
    Array.from({ length: ticksPerBar / every }, (_, index) => {
      const tick = bar * ticksPerBar + index * every;
      const chord = chordAt(context.chords, tick);
      const [root = 0, third = 0] = chord.tones;
      const bottom = lowestRoot(chord, 60);
      const pitch = index % 4 === 3 ? bottom + ((third - root + 12) % 12) : bottom;
      return { tick, ticks: 3, pitch, velocity: index % 4 === 0 ? 96 : 76 };
    }),
  );
}
