/** Timed lyrics and phones of a song of a corpus: a JSON file beside its sound. */
import { readFileSync } from "node:fs";
import { openPartFile } from "../files.ts";

/** Times in seconds of the song. */
export interface SungWords {
  /** One line per phrase, an empty line between sections. */
  readonly lyrics: string;
  /** Span of each character of the lyrics. */
  readonly characters: readonly (readonly [from: number, to: number])[];
  /** In order of time; "pau" and gaps are silence. */
  readonly phones: readonly (readonly [phone: string, from: number, to: number])[];
}

interface Sung {
  readonly lyrics: string;
  readonly characters: readonly { readonly from: number; readonly to: number }[];
  readonly phones: readonly { readonly phone: string; readonly from: number; readonly to: number }[];
}

/** Rounds times to 0.1 ms. */
export const roundedWords = ({ lyrics, characters, phones }: Sung): SungWords => ({
  lyrics,
  characters: characters.map(({ from, to }) => [rounded(from), rounded(to)]),
  phones: phones.map(({ phone, from, to }) => [phone, rounded(from), rounded(to)]),
});

const rounded = (seconds: number): number => Math.round(seconds * 1e4) / 1e4;

export function writeWords(path: string, words: SungWords): void {
  const file = openPartFile(path);
  file.append(Buffer.from(`${JSON.stringify(words)}\n`));
  file.close();
}

/** Reads a file that `writeWords` wrote, without validation. */
export const readWords = (path: string): SungWords => JSON.parse(readFileSync(path, "utf8")) as SungWords;
