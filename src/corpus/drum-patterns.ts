/** General MIDI drums, and one-bar drum patterns written as text. */
import { type Note, ticksPerBar } from "./score.ts";

/** General MIDI drum notes. */
export const drum = {
  kick: 36,
  stick: 37,
  snare: 38,
  clap: 39,
  floorTom: 43,
  closedHat: 42,
  pedalHat: 44,
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

/** One bar per drum, in 12 or 16 steps: "X" loud, "x" medium, "o" soft, "." rest. */
export type Pattern = Readonly<Partial<Record<keyof typeof drum, string>>>;

const velocities: Readonly<Record<string, number>> = { X: 112, x: 88, o: 60 };

/** The notes of a pattern in a bar of the song. */
export function patternNotes(pattern: Pattern, bar: number): Note[] {
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
