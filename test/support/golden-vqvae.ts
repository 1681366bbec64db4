/** The golden VQ-VAE: its entry in the golden file, and its size (spec 10.3). */
import type { VqvaeSize } from "../../src/model/vqvae.ts";
import { golden } from "../golden/weights.ts";

interface GoldenVqvae {
  readonly config: Readonly<Record<"downs_t" | "strides_t" | "multipliers", readonly number[]>> &
    Readonly<Record<"multispec_n_fft" | "multispec_hop" | "multispec_win", readonly number[]>> &
    Readonly<Record<"emb_width" | "l_bins" | "width" | "depth" | "m_conv" | "dilation_growth_rate", number>> &
    Readonly<Record<"linf_k" | "lmix_l2" | "lmix_linf" | "commit" | "multispectral", number>> & {
      readonly reverse_decoder_dilation: boolean;
      readonly bandwidth: { readonly l2: number; readonly spec: number };
    };
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly codes_first64: readonly (readonly number[])[];
  readonly codes_sum: readonly number[];
  readonly latent_level0_t0: readonly number[];
  readonly decoded_first16: readonly (readonly number[])[];
  readonly losses: {
    readonly per_level: readonly Readonly<Record<"recons" | "multispectral" | "commit", number>>[];
    readonly total: number;
  };
}

export const goldenVqvae = golden<GoldenVqvae>("vqvae");
const { config } = goldenVqvae;
export const goldenVqvaeSize: VqvaeSize = {
  downsT: config.downs_t,
  stridesT: config.strides_t,
  embWidth: config.emb_width,
  lBins: Array(3).fill(config.l_bins),
  width: config.width,
  depth: config.depth,
  multipliers: config.multipliers,
  mConv: config.m_conv,
  dilationGrowthRate: config.dilation_growth_rate,
  reverseDecoderDilation: config.reverse_decoder_dilation,
};
