/** Processing of a voice: a presence boost for consonants, and dynamic range compression. */

/** Root mean square of the result while it sounds. */
const loudness = 0.1;
const presence: PeakFilter = { hertz: 3200, decibels: 5, width: 1.4 };
/** Share of the level differences, in dB, that compression removes. */
const evenness = 0.5;
/** Seconds of the level's window, and the largest gain (factor). */
const window = 0.03;
const most = 3;

/** Mono in, mono out, same length. */
export function polish(sound: Float32Array, sampleRate: number): Float32Array {
  const lifted = peakFilter(sound, sampleRate, presence);
  const levels = loudnessOf(lifted, Math.round(window * sampleRate));
  const loudest = levels.reduce((most, value) => Math.max(most, value), 0);
  const sounding = levels.filter((value) => value > 0.05 * loudest);
  const typical = Math.sqrt(sounding.reduce((sum, value) => sum + value * value, 0) / Math.max(1, sounding.length));
  const even = lifted.map(
    (sample, at) =>
      sample *
      Math.min(most, (typical / Math.max(levels[at]!, 1e-9)) ** evenness) *
      (levels[at]! > 1e-3 * typical ? 1 : 0),
  );
  const level = Math.sqrt(even.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, sounding.length));
  return even.map((sample) => sample * (loudness / Math.max(level, 1e-9)));
}

export interface PeakFilter {
  readonly hertz: number;
  readonly decibels: number;
  /** Bandwidth as a share of the centre frequency (1/Q). */
  readonly width: number;
}

/** Second-order peaking equaliser (Robert Bristow-Johnson's Audio EQ Cookbook). */
export function peakFilter(
  sound: Float32Array,
  sampleRate: number,
  { hertz, decibels, width }: PeakFilter,
): Float32Array {
  const turn = (2 * Math.PI * hertz) / sampleRate;
  const gain = 10 ** (decibels / 40);
  const alpha = (Math.sin(turn) * width) / 2;
  const norm = 1 / (1 + alpha / gain);
  const [b0, b1, b2] = [1 + alpha * gain, -2 * Math.cos(turn), 1 - alpha * gain].map((value) => value * norm);
  const [a1, a2] = [-2 * Math.cos(turn) * norm, (1 - alpha / gain) * norm];
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return sound.map((x) => {
    const y = b0! * x + b1! * x1 + b2! * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}

/** Root mean square in a window around each sample. */
function loudnessOf(sound: Float32Array, width: number): Float32Array {
  const half = Math.floor(width / 2);
  const sums = new Float64Array(sound.length + 1);
  for (let at = 0; at < sound.length; at++) sums[at + 1] = sums[at]! + sound[at]! ** 2;
  return Float32Array.from(sound, (_, at) => {
    const [from, to] = [Math.max(0, at - half), Math.min(sound.length, at + half + 1)];
    return Math.sqrt(Math.max(0, sums[to]! - sums[from]!) / (to - from));
  });
}
