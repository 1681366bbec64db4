/** Encodes the songs of a corpus to files of codes, the training data of priors. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { createEncoder, type EncoderOptions } from "../inference/encode.ts";
import { codesPerFrame, grainOf, hopsOf } from "../model/vqvae.ts";
import { type CorpusSong, readCorpus, readSamples } from "./corpus-files.ts";

export interface CodesOptions extends EncoderOptions {
  readonly corpus: string;
  /** Folder for the codes. */
  readonly out: string;
  /** Skips songs whose codes have the right length already. The caller ensures that encoder and sound are the same. */
  readonly onlyMissing?: boolean;
  readonly report?: (line: string) => void;
}

/** Writes one file per song: its codes of this level as 16-bit little-endian integers. */
export async function encodeCorpus(given: CodesOptions): Promise<void> {
  const { corpus, out, onlyMissing = false, report = () => {}, ...options } = given;
  const hop = hopsOf(options.size)[options.level]!;
  const grain = grainOf(options.level, options.size);
  const perFrame = codesPerFrame(options.level, options.size);
  const isEncoded = (song: CorpusSong): boolean =>
    statSync(codesPath(out, song, options.level), { throwIfNoEntry: false })?.size ===
    (Math.floor(song.samples / grain) * grain * perFrame * 2) / hop;
  const songs = readCorpus(corpus).filter((song) => !(onlyMissing && isEncoded(song)));
  mkdirSync(out, { recursive: true });
  const encoder = createEncoder(options);
  for (const [index, song] of songs.entries()) {
    const codes = await encoder.encodeSpans(song.samples, (from, count) => readSamples(corpus, song, from, count));
    const path = codesPath(out, song, options.level);
    writeFileSync(`${path}.part`, new Uint8Array(codes.buffer));
    renameSync(`${path}.part`, path);
    if (index % 20 === 19) report(`level ${options.level}: ${index + 1} of ${songs.length} songs`);
  }
  await encoder.close();
}

/** A song's codes of a level, as `encodeCorpus` wrote them. Throws a UserError if there are none. */
export function readSongCodes(folder: string, song: CorpusSong, level: number): Uint16Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(codesPath(folder, song, level));
  } catch (cause) {
    throw new UserError(`${song.id} has no codes of level ${level} in "${folder}". Encode the corpus first.`, {
      cause,
    });
  }
  return new Uint16Array(Uint8Array.from(bytes).buffer); // a copy, for alignment
}

const codesPath = (folder: string, { id }: CorpusSong, level: number): string => join(folder, `${id}.${level}.u16`);
