/** Loudness of sounds, and the targets that all songs of the corpus share. */

/** Root mean square of a whole song: −18 dBFS. */
export const songLoudness = 10 ** (-18 / 20);
/** Largest absolute value of a song's samples. */
export const ceiling = 0.94;

/** Root mean square. */
export function rms(sound: Float32Array): number {
  let sum = 0;
  for (const sample of sound) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, sound.length));
}

/** Root mean square while a sound is active: of its windows with more power than `floor` times the loudest one's. */
export function activeRms(sound: Float32Array, { window, floor }: { window: number; floor: number }): number {
  const powers: number[] = [];
  for (let at = 0; at + window <= sound.length; at += window) powers.push(rms(sound.subarray(at, at + window)) ** 2);
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  const active = powers.filter((power) => power > floor * loudest);
  return Math.sqrt(active.reduce((sum, power) => sum + power, 0) / Math.max(1, active.length));
}
