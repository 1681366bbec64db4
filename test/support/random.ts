/** Random numbers for tests, the same in every run. */

/** Numbers from 0 to below 1, decided by the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Mono noise, −1 … 1. */
export function noise(samples: number, random: () => number): Float32Array {
  return Float32Array.from({ length: samples }, () => random() * 2 - 1);
}

/** The sound cut into pieces of 0 to `most` samples. */
export function* pieces(sound: Float32Array, most: number, random: () => number): Generator<Float32Array> {
  for (let from = 0; from < sound.length; ) {
    const size = Math.floor(random() * (most + 1));
    yield sound.slice(from, from + size);
    from += size;
  }
}
