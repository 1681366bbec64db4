/** Whether reconstructions keep the melody of validation songs, whose notes are known as they were composed. */

import { compose } from "../corpus/compose.ts";
import { planSongs } from "../corpus/plan.ts";
import { grain, type Score, sampleRate } from "../corpus/score.ts";
import { type CorpusSong, readIndex, readSamples } from "../dataset/corpus-files.ts";
import type { Codec } from "../inference/codec.ts";
import { type Share, wilson } from "./accuracy.ts";
import type { EvaluationContext } from "./context.ts";
import { type MelodyNote, melodyRight } from "./melody.ts";

/** Notes of melodies whose own pitch is the strongest within six semitones. */
export interface MelodyAccuracy {
  readonly what: "songs" | "reconstructions";
  readonly level?: number;
  readonly songs: number;
  readonly notes: number;
  /** Bounds are made for as many trials as there are songs. */
  readonly right: Share;
}

export interface MelodyOptions extends Pick<EvaluationContext, "corpus" | "valid" | "report"> {
  readonly codecs: readonly Pick<Codec, "reconstruct">[];
}

const SONGS = 12;
const SECONDS = 20;

/** Songs, then their reconstructions by level; nothing for songs that were not composed. */
export async function measureMelodies({ corpus, valid, codecs, report }: MelodyOptions): Promise<MelodyAccuracy[]> {
  const songs = composedOf(corpus, valid).slice(0, SONGS);
  if (songs.length === 0) return [];
  report("melodies");
  const count = (): { notes: number; right: number } => ({ notes: 0, right: 0 });
  const [whole, copies] = [count(), codecs.map(count)];
  const add = (sums: { notes: number; right: number }, sound: Float32Array, tune: readonly MelodyNote[]): void => {
    const { notes, right } = melodyRight(sound, tune, sampleRate);
    sums.notes += notes;
    sums.right += right;
  };
  for (const { song, tune } of songs) {
    const sound = readSamples(corpus, song, 0, SECONDS * sampleRate);
    add(whole, sound, tune);
    for (const [level, codec] of codecs.entries()) add(copies[level]!, await codec.reconstruct(sound), tune);
  }
  const found = ({ notes, right }: { notes: number; right: number }) => ({
    songs: songs.length,
    notes,
    right: wilson(right / notes, songs.length),
  });
  return [
    { what: "songs", ...found(whole) },
    ...copies.map((sums, level) => ({ what: "reconstructions", level, ...found(sums) }) as const),
  ];
}

function composedOf(corpus: string, songs: readonly CorpusSong[]) {
  const plan = readIndex(corpus)?.plan;
  if (!plan) return [];
  const planned = new Map(planSongs(plan).map((one) => [one.id, one]));
  return songs.flatMap((song) => {
    const one = planned.get(song.id);
    return one ? [{ song, tune: tuneOf(compose(one)) }] : [];
  });
}

/** The lead, and the voice where it rests. */
function tuneOf({ parts, grainsPerTick }: Score): MelodyNote[] {
  const seconds = (ticks: number): number => (ticks * grainsPerTick * grain) / sampleRate;
  return parts
    .filter(({ role }) => role === "lead" || role === "voice")
    .flatMap(({ notes }) => notes)
    .map(({ tick, ticks, pitch }) => ({ from: seconds(tick), to: seconds(tick + ticks), pitch }));
}
