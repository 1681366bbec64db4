/** Whether copies of a level keep the melodies of songs left out: their notes are known, as they were composed. */

import { compose } from "../corpus/compose.ts";
import { planSongs } from "../corpus/plan.ts";
import { grain, type Score, sampleRate } from "../corpus/score.ts";
import { type CorpusSong, readIndex, readSamples } from "../dataset/corpus-files.ts";
import type { Codec } from "../inference/codec.ts";
import { type Share, wilson } from "./accuracy.ts";
import { type MelodyNote, melodyHeard } from "./melody.ts";
import type { Work } from "./work.ts";

/** Notes of melodies whose own pitch is the strongest within six semitones. */
export interface TuneHeard {
  readonly what: "songs" | "copies";
  readonly level?: number;
  readonly songs: number;
  readonly notes: number;
  /** Bounds are made for as many trials as there are songs. */
  readonly right: Share;
}

export interface TuneHearing extends Pick<Work, "corpus" | "valid" | "report"> {
  readonly codecs: readonly Pick<Codec, "copy">[];
}

const SONGS = 12;
const SECONDS = 20;

/** Songs as they are, then their copies by level; nothing for songs that were not composed. */
export async function hearTunes({ corpus, valid, codecs, report }: TuneHearing): Promise<TuneHeard[]> {
  const songs = composedOf(corpus, valid).slice(0, SONGS);
  if (songs.length === 0) return [];
  report("melodies");
  const count = (): { notes: number; right: number } => ({ notes: 0, right: 0 });
  const [whole, copies] = [count(), codecs.map(count)];
  const add = (sums: { notes: number; right: number }, sound: Float32Array, tune: readonly MelodyNote[]): void => {
    const { notes, right } = melodyHeard(sound, tune, sampleRate);
    sums.notes += notes;
    sums.right += right;
  };
  for (const { song, tune } of songs) {
    const sound = readSamples(corpus, song, 0, SECONDS * sampleRate);
    add(whole, sound, tune);
    for (const [level, codec] of codecs.entries()) add(copies[level]!, await codec.copy(sound), tune);
  }
  const found = ({ notes, right }: { notes: number; right: number }) => ({
    songs: songs.length,
    notes,
    right: wilson(right / notes, songs.length),
  });
  return [
    { what: "songs", ...found(whole) },
    ...copies.map((sums, level) => ({ what: "copies", level, ...found(sums) }) as const),
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

/** What the lead plays, and where it rests what is sung. */
function tuneOf({ parts, grainsPerTick }: Score): MelodyNote[] {
  const seconds = (ticks: number): number => (ticks * grainsPerTick * grain) / sampleRate;
  return parts
    .filter(({ role }) => role === "lead" || role === "voice")
    .flatMap(({ notes }) => notes)
    .map(({ tick, ticks, pitch }) => ({ from: seconds(tick), to: seconds(tick + ticks), pitch }));
}
