/** What a prior knows of another VQ-VAE's codes, said of ours: codes that both hear at the same places mean the same. */

import { type CorpusSong, readSamples } from "../dataset/corpus-files.ts";
import { readCodes } from "../dataset/encode-corpus.ts";
import { createEncoder, type EncoderOptions } from "../inference/encode.ts";
import type { Store } from "../model/weights.ts";

/** How often each of our codes (row) was heard where the other VQ-VAE heard each of its own (column): [bins, bins]. */
export interface Together {
  readonly bins: number;
  readonly counts: Float32Array;
}

/** Counts two lines of codes of the same sound. */
export function countTogether(
  pairs: Iterable<readonly [own: Uint16Array, other: Uint16Array]>,
  bins: number,
): Together {
  const counts = new Float32Array(bins * bins);
  for (const [own, other] of pairs) for (const [at, code] of own.entries()) counts[code * bins + (other[at] ?? 0)]!++;
  return { bins, counts };
}

/** A table of the other's codes [bins, width] as one of ours: each row the mean of those that it stands for, or as it was if for none. */
export function translateRows(table: Float32Array, { bins, counts }: Together): Float32Array {
  const width = table.length / bins;
  const rows = table.slice();
  for (let code = 0; code < bins; code++) {
    const share = counts.subarray(code * bins, (code + 1) * bins);
    const all = share.reduce((sum, count) => sum + count, 0);
    if (all === 0) continue;
    const row = new Float64Array(width);
    for (let other = 0; other < bins; other++) {
      if (share[other] === 0) continue;
      for (let at = 0; at < width; at++) row[at]! += (share[other]! / all) * table[other * width + at]!;
    }
    rows.set(row, code * width);
  }
  return rows;
}

/** A prior's weights with its tables of codes translated: its own level's, and the level above's where it reads one. */
export function translated(store: Store, own: Together, above?: Together): Store {
  const tables = new Map([
    ["prior.x_emb.weight", own],
    ["prior.x_out.weight", own],
    ...(above ? ([["conditioner_blocks.0.x_emb.weight", above]] as const) : []),
  ]);
  return new Map(
    [...store].map(([name, tensor]) => {
      const together = tables.get(name);
      if (!together) return [name, tensor];
      return [name, { ...tensor, data: translateRows(Float32Array.from(tensor.data), together) }];
    }),
  );
}

export interface Hearing extends Pick<EncoderOptions, "level" | "size" | "threads"> {
  readonly corpus: string;
  /** Folder of our codes. */
  readonly codes: string;
  /** The other VQ-VAE's weights. */
  readonly other: Store;
}

/** Lets the other VQ-VAE hear songs whose codes we have. */
export async function hearTogether(songs: readonly CorpusSong[], hearing: Hearing): Promise<Together> {
  const { corpus, codes, other, ...options } = hearing;
  const encoder = createEncoder({ ...options, store: other });
  const pairs: [Uint16Array, Uint16Array][] = [];
  for (const song of songs)
    pairs.push([readCodes(codes, song, options.level), await encoder.encode(readSamples(corpus, song))]);
  await encoder.close();
  return countTogether(pairs, options.size.lBins[options.level]!);
}
