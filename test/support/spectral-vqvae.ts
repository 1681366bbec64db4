/** A VQ-VAE of two levels of spectra with equal frames; the finer one reads the coarser one. */
import { vqvaeShapes } from "../../src/model/shapes.ts";
import type { VqvaeSize } from "../../src/model/vqvae.ts";
import { goldenStore } from "../golden/weights.ts";

const spectral = { sampleRate: 8000, width: 8, fineWidth: 4, depth: 2 };

export const spectralVqvae: VqvaeSize = {
  downsT: [2, 0],
  stridesT: [[16, 8], []],
  embWidth: 8,
  lBins: [32, 32],
  width: 8,
  depth: 2,
  multipliers: [1, 1],
  mConv: 1,
  dilationGrowthRate: 3,
  reverseDecoderDilation: true,
  codesPerFrame: [2, 3],
  readsAbove: [true, false],
  spectral: [spectral, spectral],
};

export const spectralVqvaeStore = goldenStore(Object.fromEntries(vqvaeShapes(spectralVqvae)));
