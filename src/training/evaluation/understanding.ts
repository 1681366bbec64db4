/** The recogniser's part of an evaluation: which lines it is asked about, and what it understood. */
import { hopsOf } from "../../model/vqvae.ts";
import { openChooser } from "./recogniser.ts";
import { hearLines, LineTally, linesSung, type Understanding, understandsBy } from "./words.ts";
import type { Work } from "./work.ts";

export interface Words {
  /** Asks about songs left out, of known pairs first, and about their copies. */
  hearSongs(): Promise<void>;
  found(): readonly Understanding[];
}

/** Nothing where nobody sings in the songs left out. */
export async function openWords(work: Work): Promise<Words | undefined> {
  const { corpus, valid, apart, codecs, config, tell } = work;
  const lines = linesSung(corpus, [...valid, ...apart], work.lines);
  if (lines.length === 0) return undefined;
  const choose = work.choose ?? (await openChooser());
  const texts = lines.map(({ text }) => text);
  const understands = understandsBy(choose, config.sampleRate, texts);
  const tally = new LineTally();
  return {
    async hearSongs() {
      tell(`${lines.length} sung lines`);
      const hop = hopsOf(config.vqvae).at(-1)!;
      await hearLines(lines, { corpus, codecs, hop, sampleRate: config.sampleRate, understands }, tally);
    },
    found: () => tally.found,
  };
}
