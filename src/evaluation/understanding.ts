/** The recogniser's part of an evaluation: which lines it is asked about, words for clips, and what it understood. */

import { composeLine } from "../corpus/voice/lyrics.ts";
import { sungIn } from "../dataset/corpus-files.ts";
import { hopsOf } from "../model/vqvae.ts";
import { createRandom } from "../random.ts";
import type { Labels } from "../song/song.ts";
import { plansSinging } from "../song/sung-plan.ts";
import type { Labelled } from "./accuracy.ts";
import { openChooser } from "./recogniser.ts";
import { cutLine, hearLines, LineTally, linesOf, linesSung, type Understanding, understandsBy } from "./sung-lines.ts";
import type { Work } from "./work.ts";

export interface Words {
  /** Asks about songs left out, of known pairs first, and about their copies. */
  hearSongs(): Promise<void>;
  /** Words that no song learned from has, for a band with a singer whose model plans what is sung. */
  lyricsFor(pair: Labelled, seed: number): string | undefined;
  /** Asks about the lines that a clip should sing, as it sounds decoded from the codes of each level. */
  hearClip(labels: Labels, sounds: readonly Float32Array[]): void;
  found(): readonly Understanding[];
}

/** Nothing where nobody sings in the songs left out. */
export async function openWords(work: Work): Promise<Words | undefined> {
  const { corpus, valid, apart, codecs, config, report } = work;
  const { sampleRate, bands } = config;
  const lines = linesSung(corpus, [...valid, ...apart], work.lines);
  if (lines.length === 0) return undefined;
  const choose = work.choose ?? (await openChooser());
  const texts = lines.map(({ text }) => text);
  const understands = understandsBy(choose, sampleRate, texts);
  const tally = new LineTally();
  const known = linesKnown(work);
  const singing = new Set(bands.flatMap(({ artist, metre }) => (metre?.sings ? [artist] : [])));
  let asked = 0;
  return {
    async hearSongs() {
      report(`${lines.length} sung lines`);
      const hop = hopsOf(config.vqvae).at(-1)!;
      await hearLines(lines, { corpus, codecs, hop, sampleRate, understands }, tally);
    },
    lyricsFor: ({ artist }, seed) => (plansSinging(config) && singing.has(artist) ? newLyrics(seed, known) : undefined),
    hearClip({ lines: planned = [] }, sounds) {
      for (const line of planned.slice(0, work.lines - asked)) {
        for (const [level, sound] of sounds.entries())
          tally.add({ what: "sung", level }, understands(cutLine(sound, line, sampleRate), line.text));
        asked++;
      }
    },
    found: () => tally.found,
  };
}

/** Every line of the songs that were learned from. */
const linesKnown = ({ all, corpus }: Work): Set<string> =>
  new Set(
    all.flatMap((song) => {
      const words = song.split === "train" ? sungIn(corpus, song) : undefined;
      return words ? linesOf(words).map(({ text }) => text) : [];
    }),
  );

const LINES = 8; // of a clip: more than are sung in a few seconds
const SYLLABLES = 8;

/** Lines of the corpus' grammar, none of which are known; every second one rhymes. What was written is known then. */
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
