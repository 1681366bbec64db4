/** What is sung in a song of a corpus, and when: a JSON file beside its sound. */
import { readFileSync } from "node:fs";
import { openPartFile } from "../files.ts";

/** Times are in seconds of the song. */
export interface SungWords {
  /** A line a phrase, an empty line between sections. */
  readonly lyrics: string;
  /** When each character of the lyrics is heard. */
  readonly characters: readonly (readonly [from: number, to: number])[];
  /** One after another; "pau" is silence, as is what lies between them. */
  readonly phones: readonly (readonly [phone: string, from: number, to: number])[];
}

interface Sung {
  readonly lyrics: string;
  readonly characters: readonly { readonly from: number; readonly to: number }[];
  readonly phones: readonly { readonly phone: string; readonly from: number; readonly to: number }[];
}

/** Times to a tenth of a millisecond. */
export const wordsOf = ({ lyrics, characters, phones }: Sung): SungWords => ({
  lyrics,
  characters: characters.map(({ from, to }) => [short(from), short(to)]),
  phones: phones.map(({ phone, from, to }) => [phone, short(from), short(to)]),
});

const short = (seconds: number): number => Math.round(seconds * 1e4) / 1e4;

export function writeWords(path: string, words: SungWords): void {
  const file = openPartFile(path);
  file.append(Buffer.from(`${JSON.stringify(words)}\n`));
  file.close();
}

/** The file is our own. */
export const readWords = (path: string): SungWords => JSON.parse(readFileSync(path, "utf8")) as SungWords;
