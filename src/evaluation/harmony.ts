/** Whether the chords that are told are heard: what sounds in each bar against the same chord on all twelve roots. */
import { intervalsOf, qualityOf, roots } from "../music/chords.ts";
import { type Metre, momentsAt } from "../music/metre.ts";
import { chromaOf, pitchSpectrum } from "./chroma.ts";

export interface ChordCount {
  /** Chords, one for each bar that has it. */
  readonly spans: number;
  /** Those that fit what sounds better than the same on any other root: blind chance is one in twelve. */
  readonly right: number;
}

export interface ChordOptions {
  readonly metre: Metre;
  /** What roots may carry, by id (`MetreRules.chords`). */
  readonly chords: readonly string[];
  readonly sampleRate: number;
  /** The sound's first sample's place in the song. */
  readonly from?: number;
}

/** None of a song whose chords or beat aren't known. */
export function chordsRight(
  sound: Float32Array,
  { from = 0, sampleRate, ...told }: ChordOptions,
): ChordCount | undefined {
  const spans = spansOf(told, from, from + sound.length);
  if (spans.length === 0) return undefined;
  const right = spans.filter(({ start, end, root, intervals }) => {
    const chroma = chromaOf(pitchSpectrum(sound.subarray(start - from, end - from)), sampleRate);
    const merits = roots.map((_, at) => intervals.reduce((sum, step) => sum + chroma[(at + step) % 12]!, 0));
    return merits[root]! >= Math.max(...merits) - ROUNDING;
  });
  return { spans: spans.length, right: right.length };
}

/** Chords of equal steps have the same tones on several roots. */
const ROUNDING = 1e-9;

interface Span {
  readonly start: number;
  readonly end: number;
  /** Pitch class. */
  readonly root: number;
  readonly intervals: readonly number[];
}

/** Chords that lie wholly between two places of a song, counted anew in each bar. */
function spansOf({ metre, chords }: Pick<ChordOptions, "metre" | "chords">, first: number, last: number): Span[] {
  const { samplesPerTick, ticksPerBar } = metre;
  if (samplesPerTick === 0) return [];
  const count = Math.floor(last / samplesPerTick);
  const tables = [
    { name: "root", rows: roots.length + 1 },
    { name: "chord", rows: chords.length + 1 },
  ] as const;
  const ids = momentsAt(metre, tables, { start: 0, hop: samplesPerTick, count });
  const [root, chord] = [ids.get("root")!, ids.get("chord")!];
  const spans: Span[] = [];
  let begun = 0;
  for (let tick = 1; tick <= count; tick++) {
    const goesOn = tick % ticksPerBar !== 0 && root[tick] === root[begun] && chord[tick] === chord[begun];
    if (goesOn) continue;
    const known = root[begun]! > 0 && chord[begun]! > 0 && begun * samplesPerTick >= first;
    if (known && (tick < count || count % ticksPerBar === 0)) {
      const intervals = intervalsOf(qualityOf(chords[chord[begun]! - 1]!));
      spans.push({ start: begun * samplesPerTick, end: tick * samplesPerTick, root: root[begun]! - 1, intervals });
    }
    begun = tick;
  }
  return spans;
}
