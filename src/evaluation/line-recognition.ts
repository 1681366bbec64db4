/** Whether sung lines are recognised: which lines, lyrics for generated clips, and the results. */

import { composeLine } from "../corpus/voice/lyrics.ts";
import { sungIn } from "../dataset/corpus-files.ts";
import { hopsOf } from "../model/vqvae.ts";
import { createRandom } from "../random.ts";
import type { Labels } from "../song/song.ts";
import { plansSinging } from "../song/sung-plan.ts";
import type { Labelled } from "./accuracy.ts";
import type { EvaluationContext } from "./context.ts";
import { openChooser } from "./recogniser.ts";
import {
  cutLine,
  type LineRecognition,
  LineTally,
  linesOf,
  linesSung,
  recogniseLines,
  recogniserOf,
} from "./sung-lines.ts";

export interface Words {
  /** Validation songs, of known pairs first, and their reconstructions. */
  recogniseSongs(): Promise<void>;
  /** Lyrics that no training song has, for a band with a singer, if the model plans what is sung. */
  lyricsFor(pair: Labelled, seed: number): string | undefined;
  /** The lines that a generated clip should sing, decoded from the codes of each level. */
  recogniseClip(labels: Labels, sounds: readonly Float32Array[]): void;
  found(): readonly LineRecognition[];
}

/** Nothing if no validation song is sung. */
export async function openWords(work: EvaluationContext): Promise<Words | undefined> {
  const { corpus, valid, heldOut, codecs, config, report } = work;
  const { sampleRate, bands } = config;
  const lines = linesSung(corpus, [...valid, ...heldOut], work.lines);
  if (lines.length === 0) return undefined;
  const choose = work.choose ?? (await openChooser());
  const texts = lines.map(({ text }) => text);
  const recognises = recogniserOf(choose, sampleRate, texts);
  const tally = new LineTally();
  const known = linesKnown(work);
  const singing = new Set(bands.flatMap(({ artist, metre }) => (metre?.sings ? [artist] : [])));
  let asked = 0;
  return {
    async recogniseSongs() {
      report(`${lines.length} sung lines`);
      const hop = hopsOf(config.vqvae).at(-1)!;
      await recogniseLines(lines, { corpus, codecs, hop, sampleRate, recognises }, tally);
    },
    lyricsFor: ({ artist }, seed) => (plansSinging(config) && singing.has(artist) ? newLyrics(seed, known) : undefined),
    recogniseClip({ lines: planned = [] }, sounds) {
      for (const line of planned.slice(0, work.lines - asked)) {
        for (const [level, sound] of sounds.entries())
          tally.add({ what: "generated", level }, recognises(cutLine(sound, line, sampleRate), line.text));
        asked++;
      }
    },
    found: () => tally.found,
  };
}

/** Every line of the training songs. */
const linesKnown = ({ all, corpus }: EvaluationContext): Set<string> =>
  new Set(
    all.flatMap((song) => {
      const words = song.split === "train" ? sungIn(corpus, song) : undefined;
      return words ? linesOf(words).map(({ text }) => text) : [];
    }),
  );

const LINES = 8; // of a clip: more than are sung in a few seconds
const SYLLABLES = 8;

/** Lines of the corpus' grammar that are not in `known`, to which they are added; every second one rhymes. */
export function newLyrics(seed: number, known: Set<string>): string {
  const random = createRandom(seed);
  const lines: string[] = [];
  while (lines.length < LINES) {
    const before = lines.length % 2 === 1 ? lines.at(-1)!.split(" ").at(-1)! : undefined;
    const line = composeLine(random, {
      syllables: SYLLABLES,
      ...(before !== undefined && { rhymesWith: before }),
    });
    if (known.has(line)) continue;
    known.add(line);
    lines.push(line);
  }
  return lines.join("\n");
}
