/** Which pitch classes sound: the peaks of spectra, folded into one octave. */
import { type Frames, powerSpectrum } from "../audio/spectrum.ts";

const SPECTRUM = { nFft: 8192, hop: 4096 };
const A4 = 440;

export interface PitchRange {
  /** Hz. */
  readonly lowest: number;
  readonly highest: number;
}

/** Fine enough to tell half tones apart. */
export const pitchSpectrum = (sound: Float32Array): Frames => powerSpectrum(sound, SPECTRUM);

/** Amplitude of each pitch class from C to B in a pitch spectrum, their sum 1; all alike where nothing sounds. */
export function chromaOf(
  { rows, columns, data }: Frames,
  sampleRate: number,
  { lowest, highest }: PitchRange = { lowest: 100, highest: 2000 },
): Float64Array {
  const hertz = sampleRate / SPECTRUM.nFft;
  const [first, last] = [Math.max(1, Math.ceil(lowest / hertz)), Math.min(columns - 2, Math.floor(highest / hertz))];
  const classes = new Float64Array(12);
  for (let row = 0; row < rows; row++) {
    for (let bin = first; bin <= last; bin++) {
      const at = row * columns + bin;
      const [before, power, after] = [data[at - 1]!, data[at]!, data[at + 1]!];
      if (power <= before || power < after) continue;
      const pitch = 69 + 12 * Math.log2(((bin + summit(before, power, after)) * hertz) / A4);
      classes[((Math.round(pitch) % 12) + 12) % 12]! += Math.sqrt(power);
    }
  }
  const sum = classes.reduce((all, one) => all + one, 0);
  return sum > 0 ? classes.map((one) => one / sum) : classes.fill(1 / 12);
}

/** Where between its neighbours, −½ … ½, a peak's highest point lies: that of a parabola through their decibels. */
function summit(before: number, power: number, after: number): number {
  const [a, b, c] = [before, power, after].map((one) => Math.log(Math.max(one, 1e-20))) as [number, number, number];
  const curve = a - 2 * b + c;
  return curve < 0 ? Math.max(-0.5, Math.min(0.5, (a - c) / (2 * curve))) : 0;
}
