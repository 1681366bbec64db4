/** Offers sung lines to a speech recogniser: of validation songs, of their reconstructions, and of generated clips. */

import { composeLine } from "../corpus/voice/lyrics.ts";
import { type CorpusSong, readSamples, sungIn } from "../dataset/corpus-files.ts";
import type { SungWords } from "../dataset/sung-words.ts";
import type { Codec } from "../inference/codec.ts";
import { createRandom } from "../random.ts";
import { type Share, wilson } from "./accuracy.ts";
import type { Chooser } from "./recogniser.ts";
import { OFFERED, offer } from "./singer-intelligibility.ts";

/** A line of lyrics, and when it is sung, in seconds. */
export interface SungLine {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** What the lines were cut from. Played backwards they have no words left, but are as long and as loud. */
export interface LineForm {
  readonly what: "songs" | "backwards" | "reconstructions" | "generated";
  /** Of reconstructions, and of the codes that were decoded. */
  readonly level?: number;
}

/** How many lines were chosen rightly among the twenty that were offered. */
export interface LineRecognition extends LineForm {
  readonly lines: number;
  readonly right: Share;
}

/** Offers a recogniser the line that is sung in a sound among others. */
export type Recognises = (sound: Float32Array, text: string) => boolean;

/** What is sung in a song of the corpus. */
export const linesOf = ({ lyrics, characters }: SungWords): SungLine[] =>
  [...lyrics.matchAll(/.+/g)].map(({ 0: text, index }) => ({
    text,
    from: characters[index]![0],
    to: characters[index + text.length - 1]![1],
  }));

export interface SongLine extends SungLine {
  readonly song: CorpusSong;
}

/** So many lines, one of each song in turn, and none twice. */
export function linesSung(folder: string, songs: readonly CorpusSong[], most: number): SongLine[] {
  const bySong = songs.map((song) => {
    const words = sungIn(folder, song);
    return words ? linesOf(words).map((line) => ({ ...line, song })) : [];
  });
  const longest = Math.max(0, ...bySong.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) => bySong.flatMap((lines) => lines[turn] ?? [])).flat();
  const different = Map.groupBy(turns, ({ text }) => text).values();
  return [...different.map(([first]) => first!)].slice(0, most);
}

/** Offers a line among the others of `texts`, and among new ones of the same grammar where these are too few. */
export function recogniserOf(choose: Chooser, sampleRate: number, texts: Iterable<string>): Recognises {
  const [known, random] = [new Set(texts), createRandom(1)];
  while (known.size < OFFERED) known.add(composeLine(random, { syllables: 8 }));
  const all = [...known];
  return (sound, text) => {
    const index = all.includes(text) ? all.indexOf(text) : all.push(text) - 1;
    const { offered, answer } = offer(all, index);
    return choose(sound, sampleRate, offered) === answer;
  };
}

/** Counts lines by what they were cut from. */
export class LineTally {
  readonly #counts = new Map<string, { readonly form: LineForm; lines: number; right: number }>();

  add(form: LineForm, recognised: boolean): void {
    const key = `${form.what} ${form.level ?? ""}`;
    const count = this.#counts.get(key) ?? { form, lines: 0, right: 0 };
    this.#counts.set(key, count);
    count.lines++;
    if (recognised) count.right++;
  }

  get found(): LineRecognition[] {
    return [...this.#counts.values()].map(({ form, lines, right }) => ({
      ...form,
      lines,
      right: wilson(right / lines, lines),
    }));
  }
}

/** Seconds before and after a line that belong to it; a codec is given more of them, as in a whole song. */
const margin = { before: 0.1, after: 0.15 };
const around = 0.5;

/** The part of a sound in which a line is sung. */
export const cutLine = (sound: Float32Array, { from, to }: Omit<SungLine, "text">, sampleRate: number): Float32Array =>
  sound.slice(
    Math.max(0, Math.round((from - margin.before) * sampleRate)),
    Math.round((to + margin.after) * sampleRate),
  );

export interface LineOptions {
  readonly corpus: string;
  /** By level, finest first. */
  readonly codecs: readonly Pick<Codec, "reconstruct">[];
  /** Samples: songs are cut at multiples of them, so that beats lie at the edges of codes as they do in whole songs. */
  readonly hop: number;
  readonly sampleRate: number;
  readonly recognises: Recognises;
}

/** The lines as they are in the mix, played backwards, and reconstructed at each level. */
export async function recogniseLines(
  lines: readonly SongLine[],
  hearing: LineOptions,
  tally: LineTally,
): Promise<void> {
  const { corpus, codecs, hop, sampleRate, recognises } = hearing;
  for (const { song, text, from, to } of lines) {
    const start = Math.max(0, Math.floor(((from - around) * sampleRate) / hop) * hop);
    const end = Math.min(song.samples, Math.ceil(((to + around) * sampleRate) / hop) * hop);
    const sound = readSamples(corpus, song, start, end - start);
    const cut = (whole: Float32Array): Float32Array =>
      cutLine(whole, { from: from - start / sampleRate, to: to - start / sampleRate }, sampleRate);
    tally.add({ what: "songs" }, recognises(cut(sound), text));
    tally.add({ what: "backwards" }, recognises(cut(sound).reverse(), text));
    for (const [level, codec] of codecs.entries())
      tally.add({ what: "reconstructions", level }, recognises(cut(await codec.reconstruct(sound)), text));
  }
}
