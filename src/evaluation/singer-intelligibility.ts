/** How well the corpus' singers are recognised, bare and in the mix: the upper bound for a model of this corpus. */

import { bands } from "../corpus/bands.ts";
import { compose } from "../corpus/compose.ts";
import { moods, sampleRate } from "../corpus/score.ts";
import { mixSong } from "../corpus/voice/mix.ts";
import { ranges, type Singer } from "../corpus/voice/singer.ts";
import { singSong } from "../corpus/voice/song.ts";
import { createRandom, seedFor } from "../random.ts";
import { type Chooser, type Writer, wordErrors, wordsOf } from "./recogniser.ts";

export interface Intelligibility {
  readonly singer: Singer;
  readonly lines: number;
  readonly words: number;
  /** The voice alone. */
  readonly bare: RecognitionTally;
  /** With the accompaniment, as the corpus mixes them. */
  readonly mixed: RecognitionTally;
}

export interface RecognitionTally {
  /** Lines that were chosen rightly. */
  readonly right: number;
  /** Word errors (insertions, deletions, substitutions) of free recognition. */
  readonly wordErrors: number;
}

export interface MeasureOptions {
  readonly lines: number;
  readonly seed: number;
  /** Of the songs that the lines are taken from. */
  readonly seconds: number;
  readonly choose: Chooser;
  readonly write: Writer;
}

/** Lines that each one is offered among: blind chance is right once in so many. */
export const OFFERED = 20;

interface Heard {
  readonly text: string;
  readonly bare: Float32Array;
  readonly mixed: Float32Array;
}

/** Songs of the bands that have this singer, in all their genres and moods, until there are lines enough. */
export function measureSinger(
  singer: Singer,
  { lines, seed, seconds, choose, write }: MeasureOptions,
): Intelligibility {
  if (lines < OFFERED) throw new Error(`a choice among ${OFFERED} lines takes as many`);
  const heard = linesOf(singer, { lines, seed, seconds });
  const texts = heard.map(({ text }) => text);
  const tally = (form: "bare" | "mixed"): RecognitionTally => {
    let [right, errors] = [0, 0];
    for (const [index, line] of heard.entries()) {
      const { offered, answer } = offer(texts, index);
      if (choose(line[form], sampleRate, offered) === answer) right++;
      errors += wordErrors(wordsOf(line.text), write(line[form], sampleRate));
    }
    return { right, wordErrors: errors };
  };
  const words = texts.flatMap(wordsOf).length;
  return { singer, lines: heard.length, words, bare: tally("bare"), mixed: tally("mixed") };
}

/** The line among others, at a position that follows from its index. */
export function offer(texts: readonly string[], index: number): { offered: string[]; answer: number } {
  const others = texts.filter((_, other) => other !== index);
  const start = (7 * index) % others.length;
  const offered = [...others.slice(start), ...others.slice(0, start)].slice(0, OFFERED - 1);
  const answer = index % OFFERED;
  offered.splice(answer, 0, texts[index]!);
  return { offered, answer };
}

/** No line twice. */
function linesOf(
  singer: Singer,
  { lines, seed, seconds }: Pick<MeasureOptions, "lines" | "seed" | "seconds">,
): Heard[] {
  const heard = new Map<string, Heard>();
  for (let song = 0; heard.size < lines; song++) {
    const random = createRandom(seedFor(seed, song));
    const band = random.pick(bands.filter((one) => one.singer === singer));
    const { genre } = random.pick(band.plays);
    const mood = random.pick(moods);
    const score = compose({ artist: band.name, genre, mood, seconds, seed: seedFor(seed, song) });
    const sung = singSong(score, { singer, seed: seedFor(seed, song) });
    const mixed = mixSong(score, sung.sound);
    for (const { text, from, to } of sung.lines) {
      const cut = (sound: Float32Array) => sound.slice(sampleAt(from - 0.1), sampleAt(to + 0.15));
      if (heard.size < lines && !heard.has(text)) heard.set(text, { text, bare: cut(sung.sound), mixed: cut(mixed) });
    }
  }
  return [...heard.values()];
}

const sampleAt = (seconds: number): number => Math.max(0, Math.round(seconds * sampleRate));

/** The table that is printed. */
export function tableOf(found: readonly Intelligibility[]): string {
  const share = (part: number, whole: number) => `${part} of ${whole} (${Math.round((100 * part) / whole)} %)`;
  const percent = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;
  const rows = found.map(({ singer, lines, words, bare, mixed }) =>
    [
      `${singer}, ${ranges[singer].join(" … ")}`,
      ...[bare, mixed].flatMap((form) => [share(form.right, lines), percent(form.wordErrors, words)]),
    ].join(" | "),
  );
  return [
    "singer, MIDI pitches | bare: right line of 20 | word errors | in the mix: right line of 20 | word errors",
    "--- | --- | --- | --- | ---",
    ...rows,
  ]
    .map((row) => `| ${row} |`)
    .join("\n");
}
