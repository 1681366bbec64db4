/** What each mood adds: a harp for the calm, bells for the bright, a drone for the dark, a pulse for the tense, a pad for the dreamy. */

import { broken, held, lowest } from "./accompany.ts";
import { program } from "./bands.ts";
import { type ChordSpan, chordAt, type Mood, type Note, type Part, ticksPerBar } from "./score.ts";
import { eachBar, type Setting } from "./style.ts";

const colours: Readonly<Record<Mood, (setting: Setting) => Omit<Part, "role">>> = {
  calm: (setting) => ({
    program: program.harp,
    level: -8,
    notes: broken(setting, { low: 55, every: 24, order: [0, 1, 2, 1] }),
  }),
  bright: (setting) => ({
    program: program.glockenspiel,
    level: -9,
    notes: broken(setting, { low: 74, every: 12, order: [2, 0, 1, 2] }),
  }),
  dark: ({ chords }) => ({ program: program.strings, level: -6, notes: drone(chords) }),
  tense: (setting) => ({ program: program.pizzicato, level: -6, notes: pulse(setting) }),
  dreamy: ({ chords }) => ({ program: program.warmPad, level: -5, notes: held(chords, 62, 76) }),
};

export const colour = (setting: Setting): Part => ({ role: "colour", ...colours[setting.mood](setting) });

/** Root and fifth, low and as long as the chord. */
const drone = (chords: readonly ChordSpan[]): Note[] =>
  chords.flatMap(({ tick, ticks, chord }) => {
    const [root = 0, , fifth = root] = chord.tones;
    const bottom = lowest(chord, 40);
    return [bottom, bottom + ((fifth - root + 12) % 12)].map((pitch) => ({ tick, ticks, pitch, velocity: 80 }));
  });

/** One tone, again and again; the fourth time the one above it. */
function pulse(setting: Setting): Note[] {
  const every = setting.style.short;
  return eachBar(setting, (bar) =>
    Array.from({ length: ticksPerBar / every }, (_, index) => {
      const tick = bar * ticksPerBar + index * every;
      const chord = chordAt(setting.chords, tick);
      const [root = 0, third = 0] = chord.tones;
      const bottom = lowest(chord, 60);
      const pitch = index % 4 === 3 ? bottom + ((third - root + 12) % 12) : bottom;
      return { tick, ticks: 3, pitch, velocity: index % 4 === 0 ? 96 : 76 };
    }),
  );
}
