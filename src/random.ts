/** A seeded pseudo-random generator (mulberry32), for reproducible songs and training. */

export interface Random {
  /** Uniform, 0 ≤ x < 1. */
  next(): number;
  /** A uniformly chosen element. Throws if the list is empty. */
  pick<T>(list: readonly T[]): T;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A uniform integer, `low` ≤ n ≤ `high`. */
  whole(low: number, high: number): number;
}

/** The seed is taken modulo 2³². */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return mix(state) / 0x1_0000_0000;
  };
  return {
    next,
    pick(list) {
      if (list.length === 0) throw new Error("nothing to pick from");
      return list[Math.floor(next() * list.length)]!;
    },
    chance: (probability) => next() < probability,
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
  };
}

/** Derives independent seeds from one: of the songs of a corpus, or the steps of a training. */
export const seedFor = (seed: number, index: number): number => mix((mix(seed >>> 0) + index * 0x9e3779b9) >>> 0);

function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 15), x | 1);
  x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
  return (x ^ (x >>> 14)) >>> 0;
}
