/** A small corpus that a tiny VQ-VAE learns in seconds: tones that glide. */
import { join } from "node:path";
import { createWav } from "../../src/audio/wav.ts";
import { type CorpusSong, writeIndex } from "../../src/dataset/corpus-files.ts";
import type { VqvaeSize } from "../../src/model/vqvae.ts";

export const SAMPLE_RATE = 8000;

export const SIZE: VqvaeSize = {
  downsT: [1, 1],
  stridesT: [8, 2],
  embWidth: 8,
  lBins: [32, 32],
  width: 8,
  depth: 2,
  multipliers: [1, 1],
  mConv: 1,
  dilationGrowthRate: 3,
  reverseDecoderDilation: true,
};

/** Six seconds of a tone that glides up and down each, faster from song to song; the third is left out. */
export function glidingCorpus(folder: string): void {
  const songs = [3, 5, 6, 7].map((speed, index): CorpusSong => {
    const samples = 6 * SAMPLE_RATE;
    const file = `${index}.wav`;
    const wav = createWav(join(folder, file), SAMPLE_RATE);
    wav.write(
      Float32Array.from({ length: samples }, (_, at) => {
        const seconds = at / SAMPLE_RATE;
        return 0.5 * Math.sin(2 * Math.PI * (400 * seconds + (100 / speed) * Math.sin(speed * seconds)));
      }),
    );
    wav.close();
    const split = index === 2 ? "valid" : "train";
    return {
      id: file,
      file,
      artist: "Sine",
      genre: "jazz",
      split,
      seconds: 6,
      samples,
      bpm: 60,
      tempo: 6,
      key: "A",
      sections: [{ name: "end", bars: 1 }],
      seed: index,
    };
  });
  writeIndex(folder, { version: 1, plan: { seed: 1, songs: 4, secondsPerSong: 6 }, sampleRate: SAMPLE_RATE, songs });
}
