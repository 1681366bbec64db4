/** Random pieces of the songs of a corpus: what the VQ-VAE hears. */

import { createRandom, type Random, seedFor } from "../random.ts";
import { type CorpusSong, readSamples } from "./corpus-files.ts";

export interface CropSize {
  readonly batch: number;
  readonly samples: number;
  /** Decibels that a crop may be made quieter by chance; then its polarity is by chance as well. As it is if left out. */
  readonly quieter?: number;
}

/** The crops of a step [batch · samples], decided by the seed and the step's number; every place of every song is as likely. */
export type Crops = (step: number) => Float32Array;

export function createCrops(
  folder: string,
  all: readonly CorpusSong[],
  { batch, samples, quieter }: CropSize,
  seed: number,
): Crops {
  const songs = all.filter((song) => song.samples >= samples);
  if (songs.length === 0) throw new Error(`no song has ${samples} samples`);
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

/** From 0 dB down to so many less, right way up or upside down. */
const gainWithin = (quieter: number, random: Random): number =>
  (random.chance(0.5) ? 1 : -1) * 10 ** ((-quieter * random.next()) / 20);

function scale(sound: Float32Array, factor: number): void {
  for (let at = 0; at < sound.length; at++) sound[at]! *= factor;
}

/** Crops at equal distances over songs, one after another: always the same, for judging. */
export function evenCrops(folder: string, songs: readonly CorpusSong[], { batch, samples }: CropSize): Float32Array {
  const crops = new Float32Array(batch * samples);
  for (let clip = 0; clip < batch; clip++) {
    const song = songs[Math.floor((clip * songs.length) / batch)]!;
    const share = (clip % 4) / 4 + 0.1; // not always the beginning
    crops.set(readSamples(folder, song, Math.floor(share * (song.samples - samples)), samples), clip * samples);
  }
  return crops;
}
