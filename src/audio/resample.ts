/** Resamples a mono stream with a Kaiser-windowed sinc, as a polyphase filter. */

/** Zero crossings of the sinc on either side: the pass band ends at 0.87 of the lower Nyquist frequency. */
const crossings = 48;
/** Shape of the Kaiser window: side lobes near −105 dB. */
const beta = 10.5;
/** Middle of the transition band, relative to the lower Nyquist frequency, where it ends. */
const cutoff = 0.93;
/** Largest filter table: rates without a common divisor would need a huge one. */
const maxValues = 1 << 23;

/** Length after resampling, rounded. */
export const resampledLength = (samples: number, from: number, to: number) => Math.round((samples * to) / from);

/** Whether the filter table for these rates is small enough. */
export const canResample = (from: number, to: number): boolean => fits(shapeOf(from, to));

/** The state of one stream: push chunks, flush once. The result does not depend on the chunks. */
export class Resampler {
  readonly #filters: Filters;
  /** Unused input; it begins `reach - 1` samples before the position of the next output. */
  #pending: Float32Array;
  /** Filter of the next output. */
  #phase = 0;
  #consumed = 0;
  #produced = 0;
  #flushed = false;

  constructor(from: number, to: number) {
    this.#filters = filtersFor(from, to);
    this.#pending = new Float32Array(this.#filters.reach - 1);
  }

  /** The output that this chunk completes. */
  push(chunk: Float32Array): Float32Array {
    if (this.#flushed) throw new Error("the stream was flushed already");
    this.#consumed += chunk.length;
    return this.#advance(chunk, Number.POSITIVE_INFINITY);
  }

  /** The rest, padded with silence: `resampledLength` samples in total. */
  flush(): Float32Array {
    const { up, down, reach } = this.#filters;
    const rest = resampledLength(this.#consumed, down, up) - this.#produced;
    const out = this.#advance(new Float32Array(reach), rest);
    this.#flushed = true;
    return out;
  }

  #advance(chunk: Float32Array, maxOutput: number): Float32Array {
    const { up, down, taps } = this.#filters;
    const input = new Float32Array(this.#pending.length + chunk.length);
    input.set(this.#pending);
    input.set(chunk, this.#pending.length);
    // Output n starts at floor((phase + n · down) / up) and must end inside the input.
    const possible = Math.max(0, Math.ceil(((input.length - taps + 1) * up - this.#phase) / down));
    const out = new Float32Array(Math.min(possible, maxOutput));
    convolve(input, out, this.#phase, this.#filters);
    const reached = this.#phase + out.length * down;
    const used = Math.min(Math.floor(reached / up), input.length);
    this.#phase = reached - used * up;
    this.#pending = input.slice(used);
    this.#produced += out.length;
    return out;
  }
}

/** Resamples a whole sound. */
export function resample(sound: Float32Array, from: number, to: number): Float32Array {
  const resampler = new Resampler(from, to);
  const [body, tail] = [resampler.push(sound), resampler.flush()];
  const out = new Float32Array(body.length + tail.length);
  out.set(body);
  out.set(tail, body.length);
  return out;
}

interface Filters {
  /** The ratio in lowest terms: output n is at input n · down / up. */
  readonly up: number;
  readonly down: number;
  /** Input samples on either side that an output depends on. */
  readonly reach: number;
  readonly taps: number;
  /** `up` filters of `taps` values each. */
  readonly values: Float32Array;
}

/** out[n] = Σ values[phase, tap] · input[start + tap], both advancing by down / up. */
function convolve(input: Float32Array, out: Float32Array, firstPhase: number, filters: Filters): void {
  const { up, down, taps, values } = filters;
  let start = Math.floor(firstPhase / up);
  let phase = firstPhase % up;
  for (let n = 0; n < out.length; n++) {
    // four independent sums for speed; their order does not depend on chunks
    let [a, b, c, d] = [0, 0, 0, 0];
    const row = phase * taps;
    for (let tap = 0; tap < taps; tap += 4) {
      a += values[row + tap]! * input[start + tap]!;
      b += values[row + tap + 1]! * input[start + tap + 1]!;
      c += values[row + tap + 2]! * input[start + tap + 2]!;
      d += values[row + tap + 3]! * input[start + tap + 3]!;
    }
    out[n] = a + b + (c + d);
    phase += down;
    start += Math.floor(phase / up);
    phase %= up;
  }
}

const filterCache = new Map<string, Filters>();

/** Filters depend only on the two rates and are shared by all streams. */
function filtersFor(from: number, to: number): Filters {
  const key = `${from}:${to}`;
  const known = filterCache.get(key);
  if (known) return known;
  const filters = design(from, to);
  filterCache.set(key, filters);
  return filters;
}

type Shape = Omit<Filters, "values"> & { readonly lower: number };

function shapeOf(from: number, to: number): Shape {
  for (const rate of [from, to]) {
    if (!Number.isSafeInteger(rate) || rate < 1) throw new Error(`a sample rate is a whole number, not ${rate}`);
  }
  const divisor = greatestCommonDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const lower = Math.min(1, up / down); // the narrower bandwidth, relative to the input's
  const reach = 2 * Math.ceil(crossings / lower / 2); // even, so that taps come in fours
  return { up, down, lower, reach, taps: 2 * reach };
}

const fits = ({ up, taps }: Shape): boolean => up * taps <= maxValues;

function design(from: number, to: number): Filters {
  const shape = shapeOf(from, to);
  const { up, down, lower, reach, taps } = shape;
  if (up === down) return { up, down, reach: 2, taps: 4, values: Float32Array.of(0, 1, 0, 0) };
  if (!fits(shape)) throw new Error(`the common divisor of ${from} Hz and ${to} Hz is too small`);
  const values = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase++) values.set(filter(phase / up, reach, lower * cutoff), phase * taps);
  return { up, down, reach, taps, values };
}

/** Taps for an output at `fraction` of a sample after an input; they sum to 1. */
function filter(fraction: number, reach: number, band: number): Float64Array {
  const values = Float64Array.from({ length: 2 * reach }, (_, tap) => {
    const distance = tap - (reach - 1) - fraction;
    return sinc(band * distance) * bessel(beta * Math.sqrt(Math.max(0, 1 - (distance / reach) ** 2)));
  });
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** The modified Bessel function I₀, by its series. */
function bessel(x: number): number {
  let sum = 1;
  for (let term = 1, k = 1; term > sum * 1e-16; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
