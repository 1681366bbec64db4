/** A VQ-VAE of two levels: the finer one has three codes a frame, and reads the coarser one, whose frames are twice as long. */
import { vqvaeShapes } from "../../src/model/shapes.ts";
import type { VqvaeSize } from "../../src/model/vqvae.ts";
import { goldenStore } from "../golden/weights.ts";

export const framedVqvae: VqvaeSize = {
  downsT: [2, 1],
  stridesT: [[8, 2], 2],
  embWidth: 4,
  lBins: [32, 16],
  width: 4,
  depth: 2,
  multipliers: [1, 1],
  mConv: 1,
  dilationGrowthRate: 3,
  reverseDecoderDilation: true,
  codesPerFrame: [3, 1],
  readsAbove: [true, false],
  decoders: [
    { width: 6, depths: [4, 2] },
    { width: 4, depths: [2, 2, 2] },
  ],
};

export const framedVqvaeStore = goldenStore(Object.fromEntries(vqvaeShapes(framedVqvae)));

/** Three levels, each of which reads all above. */
export const chainedVqvae: VqvaeSize = {
  ...framedVqvae,
  downsT: [2, 1, 1],
  stridesT: [[8, 2], 2, 2],
  lBins: [32, 16, 8],
  multipliers: [1, 1, 1],
  codesPerFrame: [3, 1, 2],
  readsAbove: [true, true, false],
  decoders: [{ width: 6, depths: [2, 2] }, null, null],
};

export const chainedVqvaeStore = goldenStore(Object.fromEntries(vqvaeShapes(chainedVqvae)));
