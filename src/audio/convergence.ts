/** Spectral convergence (spec 2.3): how far a copy's spectrum is from the sound's, of all of it and by bands. */
import { fourier } from "./spectrum.ts";

/** In decibel: 20·log10 of ‖|S(x)| − |S(x̂)|‖ / ‖|S(x)|‖; lower is better, 0 is as wrong as silence. */
export interface Convergence {
  readonly whole: number;
  /** By the bands of `BAND_EDGES`. */
  readonly bands: readonly number[];
}

/** Bands in Hz: between each two of these. */
export const BAND_EDGES = [0, 250, 1000, 3000, 11_025] as const;

/** The short-time spectrum that it is measured in: Hann windows, centred in the transform. */
export const CONVERGENCE_SPECTRUM = { nFft: 2048, hop: 256, window: 1536 } as const;

const { nFft, hop, window: width } = CONVERGENCE_SPECTRUM;
const bins = nFft / 2 + 1;

/** From magnitudes [frames, nFft / 2 + 1] of the sound and its copy. */
export function convergenceOf(heard: Float32Array, copied: Float32Array, sampleRate: number): Convergence {
  const sums = new Sums();
  for (let at = 0; at < heard.length; at++) sums.add(at % bins, heard[at]!, copied[at]!);
  return sums.decibels(sampleRate);
}

/** Of a sound and a copy of the same length, frame by frame: nothing of the spectra is kept. */
export function convergence(sound: Float32Array, copy: Float32Array, sampleRate: number): Convergence {
  if (copy.length !== sound.length) throw new Error(`a copy of ${copy.length} samples, the sound has ${sound.length}`);
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
      im[at] = hann[at]! * (copy[place] ?? 0);
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

/** A sound goes on beyond its ends as if in a mirror. */
const mirrored = (at: number, length: number): number => (at < 0 ? -at : at < length ? at : 2 * (length - 1) - at);

/** Sums of squares by frequency. */
class Sums {
  readonly #wrong = new Float64Array(bins);
  readonly #all = new Float64Array(bins);

  add(bin: number, heard: number, copied: number): void {
    this.#wrong[bin]! += (heard - copied) ** 2;
    this.#all[bin]! += heard ** 2;
  }

  decibels(sampleRate: number): Convergence {
    const binOf = (hertz: number): number => Math.min(bins, Math.ceil((hertz * nFft) / sampleRate));
    const between = (from: number, to: number): number =>
      10 * Math.log10(total(this.#wrong, from, to) / total(this.#all, from, to));
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
