/** Whether sung words are understood: in songs left out, in their copies of each level, and in clips that a model sings. */

import { composeLine } from "../corpus/voice/lyrics.ts";
import { type CorpusSong, readSamples, sungIn } from "../dataset/corpus-files.ts";
import type { SungWords } from "../dataset/sung-words.ts";
import type { Codec } from "../inference/codec.ts";
import { createRandom } from "../random.ts";
import { type Share, wilson } from "./accuracy.ts";
import { OFFERED, offer } from "./intelligibility.ts";
import type { Chooser } from "./recogniser.ts";

/** A line of lyrics, and when it is sung, in seconds. */
export interface SungLine {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** In which form lines were heard. Played backwards they have no words left, but are as long and as loud. */
export interface LineForm {
  readonly what: "songs" | "backwards" | "copies" | "sung";
  /** Of copies, and of codes sung that were decoded. */
  readonly level?: number;
}

/** How many lines were told from the nineteen others that each was offered with. */
export interface Understanding extends LineForm {
  readonly lines: number;
  readonly right: Share;
}

/** Offers a recogniser the line that is sung in a sound among others. */
export type Understands = (sound: Float32Array, text: string) => boolean;

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

/** Among the lines that are asked about, and where these are too few, among others of the same grammar. */
export function understandsBy(choose: Chooser, sampleRate: number, texts: Iterable<string>): Understands {
  const [known, random] = [new Set(texts), createRandom(1)];
  while (known.size < OFFERED) known.add(composeLine(random, { syllables: 8 }));
  const all = [...known];
  return (sound, text) => {
    const index = all.includes(text) ? all.indexOf(text) : all.push(text) - 1;
    const { offered, answer } = offer(all, index);
    return choose(sound, sampleRate, offered) === answer;
  };
}

/** Counts lines by the form in which they were heard. */
export class LineTally {
  readonly #counts = new Map<string, { readonly form: LineForm; lines: number; right: number }>();

  add(form: LineForm, understood: boolean): void {
    const key = `${form.what} ${form.level ?? ""}`;
    const count = this.#counts.get(key) ?? { form, lines: 0, right: 0 };
    this.#counts.set(key, count);
    count.lines++;
    if (understood) count.right++;
  }

  get found(): Understanding[] {
    return [...this.#counts.values()].map(({ form, lines, right }) => ({
      ...form,
      lines,
      right: wilson(right / lines, lines),
    }));
  }
}

/** Seconds heard before and after a line; a codec hears more of them, as it would in a song. */
const heard = { before: 0.1, after: 0.15 };
const around = 0.5;

/** The part of a sound in which a line is sung. */
export const cutLine = (sound: Float32Array, { from, to }: Omit<SungLine, "text">, sampleRate: number): Float32Array =>
  sound.slice(Math.max(0, Math.round((from - heard.before) * sampleRate)), Math.round((to + heard.after) * sampleRate));

export interface LineHearing {
  readonly corpus: string;
  /** By level, finest first. */
  readonly codecs: readonly Pick<Codec, "copy">[];
  /** Samples: songs are cut at multiples of them, so that beats lie at the edges of codes as they do in whole songs. */
  readonly hop: number;
  readonly sampleRate: number;
  readonly understands: Understands;
}

/** The lines as they are in the mix, played backwards, and as copies of each level. */
export async function hearLines(lines: readonly SongLine[], hearing: LineHearing, tally: LineTally): Promise<void> {
  const { corpus, codecs, hop, sampleRate, understands } = hearing;
  for (const { song, text, from, to } of lines) {
    const start = Math.max(0, Math.floor(((from - around) * sampleRate) / hop) * hop);
    const end = Math.min(song.samples, Math.ceil(((to + around) * sampleRate) / hop) * hop);
    const sound = readSamples(corpus, song, start, end - start);
    const cut = (whole: Float32Array): Float32Array =>
      cutLine(whole, { from: from - start / sampleRate, to: to - start / sampleRate }, sampleRate);
    tally.add({ what: "songs" }, understands(cut(sound), text));
    tally.add({ what: "backwards" }, understands(cut(sound).reverse(), text));
    for (const [level, codec] of codecs.entries())
      tally.add({ what: "copies", level }, understands(cut(await codec.copy(sound)), text));
  }
}
