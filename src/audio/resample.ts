/** Changes the sample rate of mono sound as it streams: a Kaiser-windowed sinc, one short filter a phase. */

/** Zero crossings of the sinc on either side: with the window below, what matters ends at 0.87 of the lower Nyquist. */
const crossings = 48;
/** Kaiser's shape: side lobes near −105 dB. */
const beta = 10.5;
/** Middle of the slope, as a part of the lower Nyquist: where the slope ends, the lower Nyquist begins. */
const cutoff = 0.93;
/** Filter values in all: rates with no common divisor would need a table without end. */
const mostValues = 1 << 23;

/** Samples after changing the rate: exactly as many as the sound lasts, rounded. */
export const resampledLength = (samples: number, from: number, to: number) => Math.round((samples * to) / from);

/** Whether a table of filters for these rates has room. */
export const canResample = (from: number, to: number): boolean => fits(shapeOf(from, to));

/** One stream's state: push chunks as they come, flush once; the cutting into chunks changes no bit of the result. */
export class Resampler {
  readonly #filters: Filters;
  /** Input not used up yet; it begins `reach - 1` samples before the input that the next output stands at. */
  #pending: Float32Array;
  /** Of the next output: which filter. */
  #phase = 0;
  #taken = 0;
  #given = 0;
  #flushed = false;

  constructor(from: number, to: number) {
    this.#filters = filtersFor(from, to);
    this.#pending = new Float32Array(this.#filters.reach - 1);
  }

  /** The samples that are ready now that this chunk came. */
  push(chunk: Float32Array): Float32Array {
    if (this.#flushed) throw new Error("the stream was flushed already");
    this.#taken += chunk.length;
    return this.#advance(chunk, Number.POSITIVE_INFINITY);
  }

  /** The rest, as if silence followed; all together are `resampledLength` samples. */
  flush(): Float32Array {
    const { up, down, reach } = this.#filters;
    const rest = resampledLength(this.#taken, down, up) - this.#given;
    const out = this.#advance(new Float32Array(reach), rest);
    this.#flushed = true;
    return out;
  }

  #advance(chunk: Float32Array, most: number): Float32Array {
    const { up, down, taps } = this.#filters;
    const input = new Float32Array(this.#pending.length + chunk.length);
    input.set(this.#pending);
    input.set(chunk, this.#pending.length);
    // Output n starts at floor((phase + n · down) / up) and must end inside the input.
    const possible = Math.max(0, Math.ceil(((input.length - taps + 1) * up - this.#phase) / down));
    const out = new Float32Array(Math.min(possible, most));
    convolve(input, out, this.#phase, this.#filters);
    const reached = this.#phase + out.length * down;
    const used = Math.min(Math.floor(reached / up), input.length);
    this.#phase = reached - used * up;
    this.#pending = input.slice(used);
    this.#given += out.length;
    return out;
  }
}

/** The whole sound at once. */
export function resample(sound: Float32Array, from: number, to: number): Float32Array {
  const resampler = new Resampler(from, to);
  const [body, tail] = [resampler.push(sound), resampler.flush()];
  const out = new Float32Array(body.length + tail.length);
  out.set(body);
  out.set(tail, body.length);
  return out;
}

interface Filters {
  /** The ratio in lowest terms: output n stands at input n · down / up. */
  readonly up: number;
  readonly down: number;
  /** Input samples on either side that an output hears. */
  readonly reach: number;
  readonly taps: number;
  /** `up` filters of `taps` values each. */
  readonly values: Float32Array;
}

/** out[n] = Σ values[phase, tap] · input[start + tap], both moving on by down / up. */
function convolve(input: Float32Array, out: Float32Array, firstPhase: number, filters: Filters): void {
  const { up, down, taps, values } = filters;
  let start = Math.floor(firstPhase / up);
  let phase = firstPhase % up;
  for (let n = 0; n < out.length; n++) {
    // Four sums at a time keep the processor busy; the order is the same for every chunk.
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

const made = new Map<string, Filters>();

/** Filters depend on the two rates only, so every stream shares them. */
function filtersFor(from: number, to: number): Filters {
  const key = `${from}:${to}`;
  const known = made.get(key);
  if (known) return known;
  const filters = design(from, to);
  made.set(key, filters);
  return filters;
}

type Shape = Omit<Filters, "values"> & { readonly lower: number };

function shapeOf(from: number, to: number): Shape {
  for (const rate of [from, to]) {
    if (!Number.isSafeInteger(rate) || rate < 1) throw new Error(`a sample rate is a whole number, not ${rate}`);
  }
  const divisor = greatestCommonDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const lower = Math.min(1, up / down); // the narrower band, as a part of the input's
  const reach = 2 * Math.ceil(crossings / lower / 2); // even, so that taps come in fours
  return { up, down, lower, reach, taps: 2 * reach };
}

const fits = ({ up, taps }: Shape): boolean => up * taps <= mostValues;

function design(from: number, to: number): Filters {
  const shape = shapeOf(from, to);
  const { up, down, lower, reach, taps } = shape;
  if (up === down) return { up, down, reach: 2, taps: 4, values: Float32Array.of(0, 1, 0, 0) };
  if (!fits(shape)) throw new Error(`${from} Hz and ${to} Hz have too little in common`);
  const values = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase++) values.set(filter(phase / up, reach, lower * cutoff), phase * taps);
  return { up, down, reach, taps, values };
}

/** The taps around an output that stands `fraction` of a sample after an input; they sum to 1. */
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
