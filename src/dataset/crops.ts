/** Crops of a corpus' songs: training and validation data of the VQ-VAE. */

import { createRandom, type Random, seedFor } from "../random.ts";
import { type CorpusSong, readSamples } from "./corpus-files.ts";

export interface CropSize {
  readonly batch: number;
  readonly samples: number;
  /** Augmentation: random gain from −quieter to 0 dB, and random polarity. None if left out. */
  readonly quieter?: number;
}

/** The crops of a step, [batch · samples]: determined by seed and step, uniform over all positions of all songs. */
export type Crops = (step: number) => Float32Array;

/** Throws if no song is as long as a crop. */
export function createCrops(
  folder: string,
  all: readonly CorpusSong[],
  { batch, samples, quieter }: CropSize,
  seed: number,
): Crops {
  const songs = all.filter((song) => song.samples >= samples);
  if (songs.length === 0) throw new Error(`no song has as many as ${samples} samples`);
  const places = songs.map((song) => song.samples - samples + 1);
  const total = places.reduce((sum, count) => sum + count, 0);
  return (step) => {
    const random = createRandom(seedFor(seed, step));
    const crops = new Float32Array(batch * samples);
    for (let clip = 0; clip < batch; clip++) {
      let place = Math.floor(random.next() * total);
      let index = 0;
      while (place >= places[index]!) place -= places[index++]!;
      const crop = readSamples(folder, songs[index]!, place, samples);
      if (quieter !== undefined) scale(crop, gainWithin(quieter, random));
      crops.set(crop, clip * samples);
    }
    return crops;
  };
}

/** A random gain from −quieter to 0 dB, with random sign. */
const gainWithin = (quieter: number, random: Random): number =>
  (random.chance(0.5) ? 1 : -1) * 10 ** ((-quieter * random.next()) / 20);

function scale(sound: Float32Array, factor: number): void {
  for (let at = 0; at < sound.length; at++) sound[at]! *= factor;
}

/** Fixed crops for validation, spread evenly over the songs: [batch · samples]. */
export function evenCrops(folder: string, songs: readonly CorpusSong[], { batch, samples }: CropSize): Float32Array {
  const crops = new Float32Array(batch * samples);
  for (let clip = 0; clip < batch; clip++) {
    const song = songs[Math.floor((clip * songs.length) / batch)]!;
    const share = (clip % 4) / 4 + 0.1; // at different positions of the songs
    crops.set(readSamples(folder, song, Math.floor(share * (song.samples - samples)), samples), clip * samples);
  }
  return crops;
}
