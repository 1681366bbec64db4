/** Short-time spectra: FFT, power spectrum, mel bands in decibels. */

/** A matrix, row by row. */
export interface Frames {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

export interface PowerOptions {
  /** A power of two. */
  readonly nFft: number;
  readonly hop: number;
}

/** In-place FFT of (re, im); `n` is a power of two. */
export function fourier(n: number): (re: Float64Array, im: Float64Array) => void {
  if (n < 1 || (n & (n - 1)) !== 0) throw new Error(`a fast Fourier transform of ${n} numbers`);
  const cosines = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
  const sines = Float64Array.from({ length: n / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
  return (re, im) => {
    reverseBits(re, im);
    for (let half = 1; half < n; half *= 2) {
      const turn = n / 2 / half;
      for (let from = 0; from < n; from += 2 * half) {
        for (let k = 0; k < half; k++) {
          const [a, b] = [from + k, from + k + half];
          const [cos, sin] = [cosines[k * turn]!, sines[k * turn]!];
          const x = re[b]! * cos - im[b]! * sin;
          const y = re[b]! * sin + im[b]! * cos;
          re[b] = re[a]! - x;
          im[b] = im[a]! - y;
          re[a]! += x;
          im[a]! += y;
        }
      }
    }
  };
}

function reverseBits(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const [x, y] = [re[i]!, im[i]!];
    re[i] = re[j]!;
    im[i] = im[j]!;
    re[j] = x;
    im[j] = y;
  }
}

/** Power spectrum with a Hann window, whole frames only: [frames, nFft / 2 + 1]. */
export function powerSpectrum(sound: Float32Array, { nFft, hop }: PowerOptions): Frames {
  const rows = Math.max(0, 1 + Math.floor((sound.length - nFft) / hop));
  const columns = nFft / 2 + 1;
  const data = new Float32Array(rows * columns);
  const window = Float64Array.from({ length: nFft }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / nFft));
  const transform = fourier(nFft);
  const [re, im] = [new Float64Array(nFft), new Float64Array(nFft)];
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < nFft; at++) re[at] = window[at]! * sound[row * hop + at]!;
    im.fill(0);
    transform(re, im);
    for (let bin = 0; bin < columns; bin++) data[row * columns + bin] = re[bin]! ** 2 + im[bin]! ** 2;
  }
  return { rows, columns, data };
}

export interface MelOptions {
  readonly bands: number;
  /** In Hz; the highest band ends at half the sample rate. */
  readonly lowest: number;
  readonly sampleRate: number;
  /** Dynamic range in dB: lower values are clamped. */
  readonly range: number;
}

/** Power in triangular mel bands in dB, clamped to `range` below the maximum: [frames, bands]. */
export function melDecibels(power: Frames, { bands, lowest, sampleRate, range }: MelOptions): Frames {
  const filters = melFilters(bands, lowest, sampleRate, power.columns);
  const data = new Float32Array(power.rows * bands);
  let loudest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < power.rows; row++) {
    for (const [band, { from, weights }] of filters.entries()) {
      let sum = 0;
      for (let at = 0; at < weights.length; at++) sum += weights[at]! * power.data[row * power.columns + from + at]!;
      const decibels = 10 * Math.log10(Math.max(sum, 1e-12));
      data[row * bands + band] = decibels;
      loudest = Math.max(loudest, decibels);
    }
  }
  for (let at = 0; at < data.length; at++) data[at] = Math.max(data[at]!, loudest - range);
  return { rows: power.rows, columns: bands, data };
}

interface Triangle {
  readonly from: number;
  readonly weights: readonly number[];
}

const melOf = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** Triangular filters between the neighbours' centres, each with at least one bin. */
export function melFilters(bands: number, lowest: number, sampleRate: number, columns: number): Triangle[] {
  const [low, high] = [melOf(lowest), melOf(sampleRate / 2)];
  const width = sampleRate / 2 / (columns - 1); // Hz per bin
  const edge = (index: number): number => hertzOf(low + ((high - low) * index) / (bands + 1)) / width;
  return Array.from({ length: bands }, (_, band) => {
    const [left, top, right] = [edge(band), edge(band + 1), edge(band + 2)];
    const from = Math.ceil(left);
    const until = Math.min(columns - 1, Math.floor(right));
    const weights = Array.from({ length: Math.max(0, until - from + 1) }, (_, at) =>
      Math.max(0, Math.min((from + at - left) / (top - left), (right - from - at) / (right - top))),
    );
    return weights.some((weight) => weight > 0) ? { from, weights } : { from: Math.round(top), weights: [1] };
  });
}
