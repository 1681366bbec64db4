/** Spectral convergence (spec 2.3): the distance between the spectra of a sound and its reconstruction, in all and by band. */
import { fourier } from "./spectrum.ts";

/** In decibels: 20·log10(‖|S(x)| − |S(x̂)|‖ / ‖|S(x)|‖); lower is better, 0 is as far off as silence. */
export interface Convergence {
  readonly whole: number;
  /** One value per band of `BAND_EDGES`. */
  readonly bands: readonly number[];
}

/** Edges of the bands, in Hz. */
export const BAND_EDGES = [0, 250, 1000, 3000, 11_025] as const;

/** The short-time spectrum: Hann windows of `window` samples, zero-padded to `nFft`. */
export const CONVERGENCE_SPECTRUM = { nFft: 2048, hop: 256, window: 1536 } as const;

const { nFft, hop, window: width } = CONVERGENCE_SPECTRUM;
const bins = nFft / 2 + 1;

/** From magnitudes [frames, nFft / 2 + 1] of the sound and its reconstruction. */
export function convergenceOf(original: Float32Array, reconstructed: Float32Array, sampleRate: number): Convergence {
  const sums = new Sums();
  for (let at = 0; at < original.length; at++) sums.add(at % bins, original[at]!, reconstructed[at]!);
  return sums.decibels(sampleRate);
}

/** From a sound and its reconstruction, of equal length; the spectra are computed frame by frame and not kept. */
export function convergence(sound: Float32Array, reconstruction: Float32Array, sampleRate: number): Convergence {
  if (reconstruction.length !== sound.length)
    throw new Error(`the sound has ${sound.length} samples, the reconstruction ${reconstruction.length}`);
  const sums = new Sums();
  const hann = Float64Array.from({ length: width }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / width));
  const transform = fourier(nFft);
  const [re, im] = [new Float64Array(nFft), new Float64Array(nFft)];
  for (let middle = 0; middle <= sound.length; middle += hop) {
    re.fill(0);
    im.fill(0);
    for (let at = 0; at < width; at++) {
      const place = mirrored(middle - width / 2 + at, sound.length);
      re[at] = hann[at]! * (sound[place] ?? 0);
      im[at] = hann[at]! * (reconstruction[place] ?? 0);
    }
    transform(re, im); // two real transforms at the cost of one
    for (let bin = 0; bin < bins; bin++) {
      const mirror = (nFft - bin) % nFft;
      const [a, b, c, d] = [re[bin]!, im[bin]!, re[mirror]!, im[mirror]!];
      sums.add(bin, Math.hypot(a + c, b - d) / 2, Math.hypot(b + d, c - a) / 2);
    }
  }
  return sums.decibels(sampleRate);
}

/** Reflects positions beyond the ends. */
const mirrored = (at: number, length: number): number => (at < 0 ? -at : at < length ? at : 2 * (length - 1) - at);

/** Sums of squares per bin. */
class Sums {
  readonly #error = new Float64Array(bins);
  readonly #signal = new Float64Array(bins);

  add(bin: number, original: number, reconstructed: number): void {
    this.#error[bin]! += (original - reconstructed) ** 2;
    this.#signal[bin]! += original ** 2;
  }

  decibels(sampleRate: number): Convergence {
    const binOf = (hertz: number): number => Math.min(bins, Math.ceil((hertz * nFft) / sampleRate));
    const between = (from: number, to: number): number =>
      10 * Math.log10(total(this.#error, from, to) / total(this.#signal, from, to));
    return {
      whole: between(0, bins),
      bands: BAND_EDGES.slice(1).map((edge, band) =>
        between(binOf(BAND_EDGES[band]!), edge >= sampleRate / 2 ? bins : binOf(edge)),
      ),
    };
  }
}

const total = (numbers: Float64Array, from: number, to: number): number =>
  numbers.subarray(from, to).reduce((sum, one) => sum + one, 1e-12);
