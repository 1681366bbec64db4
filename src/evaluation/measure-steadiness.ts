/** Longer clips, one of each genre: whether they keep tempo, key and chords, as validation songs do. */

import { bpmOf } from "../corpus/score.ts";
import { metreOfSong } from "../dataset/coded-corpus.ts";
import { isComposed, readSamples } from "../dataset/corpus-files.ts";
import type { Engine } from "../inference/engine.ts";
import type { Metre } from "../music/metre.ts";
import { type Share, wilson } from "./accuracy.ts";
import { chosen, generateClips } from "./clips.ts";
import type { EvaluationContext } from "./context.ts";
import { type ChordCount, chordsRight } from "./harmony.ts";
import { type BeatSteadiness, type KeySteadiness, steadyBeat, steadyKey } from "./steadiness.ts";

export interface Steadiness {
  readonly what: "songs" | "generated";
  /** Of the codes that were decoded. */
  readonly level?: number;
  readonly clips: number;
  /** Of all clips together; bounds are made for as many trials as there are clips. */
  readonly windows: number;
  readonly tempo: Share;
  /** Share of a beat from window to window. */
  readonly drift: number;
  /** Where keys have names that say their scale. */
  readonly key?: Share;
  readonly inScale?: number;
  /** For models with chords; bounds are made for as many trials as there are clips. */
  readonly chords?: Share;
}

const FIRST_SEED = 9000;
const SONGS = 24;

interface Heard {
  readonly beat: BeatSteadiness;
  readonly key: KeySteadiness | undefined;
  readonly chords: ChordCount | undefined;
}

interface Wanted {
  readonly bpm: number;
  readonly key: string;
  readonly metre: Metre | undefined;
  /** Where the sound begins in the song. */
  readonly from?: number;
}

/** The middle of validation songs, then generated clips decoded from each level; none for a model without beats. */
export async function measureSteadiness(work: EvaluationContext, engine: Engine): Promise<Steadiness[]> {
  const { config, codecs, long: seconds, report } = work;
  const { sampleRate } = config;
  const chords = config.metre?.chords;
  const listen = (sound: Float32Array, { bpm, key, metre, from = 0 }: Wanted): Heard => ({
    beat: steadyBeat(sound, sampleRate, bpm),
    key: steadyKey(sound, sampleRate, key),
    chords: metre && chords && chordsRight(sound, { metre, chords, sampleRate, from }),
  });
  const generated = codecs.map((): Heard[] => []);
  const pairs = [...Map.groupBy(config.bands, ({ genre }) => genre).values()].map(([first]) => first!);
  const plan = { clips: 1, seconds, firstSeed: FIRST_SEED };
  for await (const { song, labels, codes } of config.metre ? generateClips(engine, pairs, plan) : []) {
    const { tempo, key } = song;
    if (tempo === undefined || key === undefined) continue;
    report(`${seconds} s of ${song.genre}`);
    for (const [level, codec] of codecs.entries())
      generated[level]!.push(
        listen(await codec.decode(codes[level]!, codes.slice(level + 1)), {
          bpm: bpmOf(tempo),
          key,
          metre: labels.metre,
        }),
      );
  }
  return [
    ...summed("songs", songsHeard(work, listen)),
    ...generated.flatMap((heard, level) => summed("generated", heard, level)),
  ];
}

function songsHeard(
  { corpus, valid, long, config }: EvaluationContext,
  listen: (sound: Float32Array, song: Wanted) => Heard,
) {
  const samples = Math.floor(long * config.sampleRate);
  const songs = chosen(
    valid.filter(isComposed).filter((song) => song.samples >= samples),
    SONGS,
  );
  return songs.map((song) => {
    const from = Math.floor((song.samples - samples) / 2);
    return listen(readSamples(corpus, song, from, samples), {
      ...song,
      metre: metreOfSong(corpus, song, config.metre),
      from,
    });
  });
}

function summed(what: Steadiness["what"], heard: readonly Heard[], level?: number): Steadiness[] {
  if (heard.length === 0) return [];
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  const keys = heard.flatMap(({ key }) => key ?? []);
  const chords = heard.flatMap((one) => one.chords ?? []);
  const share = (some: readonly { readonly right: number; readonly windows: number }[]): Share =>
    wilson(sum(some.map(({ right }) => right)) / sum(some.map(({ windows }) => windows)), some.length);
  const beats = heard.map(({ beat }) => beat);
  return [
    {
      what,
      ...(level !== undefined && { level }),
      clips: heard.length,
      windows: sum(beats.map(({ windows }) => windows)),
      tempo: share(beats),
      drift: sum(beats.map(({ drift }) => drift)) / beats.length,
      ...(chords.length > 0 && {
        chords: wilson(sum(chords.map(({ right }) => right)) / sum(chords.map(({ spans }) => spans)), chords.length),
      }),
      ...(keys.length > 0 && { key: share(keys), inScale: sum(keys.map(({ inScale }) => inScale)) / keys.length }),
    },
  ];
}
