/** Counts of codes and of pairs of neighbours: what any prior has to beat. */

export interface Bigram {
  readonly bins: number;
  /** [bins] */
  readonly singles: Float64Array;
  /** [before, after], bins each. */
  readonly pairs: Float32Array;
}

export function countCodes(sequences: Iterable<Uint16Array>, bins: number): Bigram {
  const singles = new Float64Array(bins);
  const pairs = new Float32Array(bins * bins);
  for (const codes of sequences) {
    for (let i = 0; i < codes.length; i++) {
      singles[codes[i]!]!++;
      if (i > 0) pairs[codes[i - 1]! * bins + codes[i]!]!++;
    }
  }
  return { bins, singles, pairs };
}

/** Share of each code, no code without a little. */
export function unigram({ bins, singles }: Bigram): Float64Array {
  const total = singles.reduce((sum, count) => sum + count, 0);
  return singles.map((count) => (count + 0.5) / (total + 0.5 * bins));
}

/** Natural logarithms of p(after | before) [before, after]: pairs counted, and `prior` more spread like single codes. */
export function logBigram(counts: Bigram, prior: number): Float32Array {
  const { bins, pairs } = counts;
  const alone = unigram(counts);
  const table = new Float32Array(bins * bins);
  for (let before = 0; before < bins; before++) {
    const row = pairs.subarray(before * bins, (before + 1) * bins);
    const total = row.reduce((sum, count) => sum + count, prior);
    for (let after = 0; after < bins; after++)
      table[before * bins + after] = Math.log((row[after]! + prior * alone[after]!) / total);
  }
  return table;
}

export interface Baselines {
  /** Bits a code. */
  readonly unigram: number;
  readonly bigram: number;
}

/** How many bits a code of other songs takes by the two tables. */
export function baselines(counts: Bigram, sequences: Iterable<Uint16Array>, prior = 20): Baselines {
  const { bins } = counts;
  const alone = unigram(counts).map(Math.log2);
  const table = logBigram(counts, prior);
  let [single, pair, codes] = [0, 0, 0];
  for (const sequence of sequences) {
    for (let i = 1; i < sequence.length; i++) {
      single -= alone[sequence[i]!]!;
      pair -= table[sequence[i - 1]! * bins + sequence[i]!]! / Math.LN2;
      codes++;
    }
  }
  return { unigram: single / codes, bigram: pair / codes };
}
