/** One uniform number a code, from the song's seed, the level and the position alone: no state, so nothing to resume. */

/** In [0, 1), 24 bits. The same on every machine and for every way of cutting the work. */
export function uniformAt(seed: number, level: number, position: number): number {
  let x = mix((seed ^ Math.imul(level + 1, 0x9e3779b9)) >>> 0);
  x = mix((x ^ Math.imul(position, 0x85ebca6b)) >>> 0);
  return (mix((x + position) >>> 0) >>> 8) / 2 ** 24;
}

/** A full 32-bit avalanche. */
function mix(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
