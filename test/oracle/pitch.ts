/** Pitch estimation by autocorrelation. */

export interface PitchEstimate {
  readonly hertz: number;
  /** Normalised autocorrelation at that lag, at most 1. */
  readonly correlation: number;
}

/** Bounds in Hz. */
export interface PitchBounds {
  readonly sampleRate: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The pitch around a time: the smallest lag whose correlation is close to the best, to avoid octave errors. */
export function pitchAt(
  sound: Float32Array,
  seconds: number,
  { sampleRate, lowest, highest }: PitchBounds,
): PitchEstimate {
  const size = Math.round((2.5 * sampleRate) / lowest);
  const from = Math.max(0, Math.round(seconds * sampleRate) - size);
  const correlation = (lag: number): number => {
    let [product, a, b] = [0, 1e-12, 1e-12];
    for (let at = from; at < from + 2 * size - lag; at++) {
      const [x, y] = [sound[at] ?? 0, sound[at + lag] ?? 0];
      product += x * y;
      a += x * x;
      b += y * y;
    }
    return product / Math.sqrt(a * b);
  };
  const first = Math.floor(sampleRate / highest);
  const values = Array.from({ length: Math.ceil(sampleRate / lowest) - first + 3 }, (_, index) =>
    correlation(first - 1 + index),
  );
  const best = Math.max(...values.slice(1, -1));
  const at = values.findIndex(
    (value, index) => value > 0.97 * best && value >= (values[index - 1] ?? 2) && value >= (values[index + 1] ?? 2),
  );
  const [before = 0, top = 0, after = 0] = at < 1 ? [] : values.slice(at - 1, at + 2);
  const offset = (0.5 * (before - after)) / Math.min(-1e-12, before - 2 * top + after);
  return { hertz: sampleRate / (first - 1 + Math.max(at, 1) + offset), correlation: best };
}

export const centsBetween = (a: number, b: number): number => 1200 * Math.log2(a / b);
