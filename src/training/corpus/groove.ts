/** Drums: one-bar patterns by drum, fills at the ends of sections, a crash at their starts. */
import type { Random } from "./random.ts";
import { type Note, type Section, ticksPerBar } from "./score.ts";

/** General MIDI drums by name. */
export const drum = {
  kick: 36,
  stick: 37,
  snare: 38,
  clap: 39,
  floorTom: 43,
  closedHat: 42,
  pedalHat: 44,
  lowTom: 45,
  openHat: 46,
  midTom: 47,
  crash: 49,
  highTom: 50,
  ride: 51,
  tambourine: 54,
  cowbell: 56,
  cabasa: 69,
  claves: 75,
} as const;

/** A bar a drum, in 12 or 16 steps: "X" loud, "x" middling, "o" soft, "." nothing. */
export type Pattern = Readonly<Partial<Record<keyof typeof drum, string>>>;

const velocities: Readonly<Record<string, number>> = { X: 112, x: 88, o: 60 };

export function beat(pattern: Pattern, bar: number): Note[] {
  return Object.entries(pattern).flatMap(([name, steps]) => {
    const step = ticksPerBar / steps.length;
    return [...steps].flatMap((letter, index) => {
      const velocity = velocities[letter];
      if (!velocity) return [];
      const tick = bar * ticksPerBar + index * step;
      return [{ tick, ticks: 3, pitch: drum[name as keyof typeof drum], velocity }];
    });
  });
}

export interface Kit {
  /** The pattern of an ordinary bar of a section; undefined is silence. */
  readonly pattern: (section: Section, barInSection: number) => Pattern | undefined;
  readonly fills: readonly Pattern[];
  /** Whether sections start with a crash. */
  readonly crash: boolean;
}

/** Plays the sections through: pattern after pattern, and a fill in the last bar before another section. */
export function drumming(random: Random, sections: readonly Section[], kit: Kit): Note[] {
  const fill = random.pick(kit.fills);
  return sections.flatMap((section) => {
    const notes: Note[] = [];
    for (let index = 0; index < section.bars; index++) {
      const pattern = kit.pattern(section, index);
      const last = index === section.bars - 1;
      if (pattern) notes.push(...beat(last ? fill : pattern, section.bar + index));
      if (pattern && kit.crash && index === 0 && section.bar > 0) notes.push(crashAt(section.bar));
    }
    return notes;
  });
}

const crashAt = (bar: number): Note => ({ tick: bar * ticksPerBar, ticks: 3, pitch: drum.crash, velocity: 96 });
