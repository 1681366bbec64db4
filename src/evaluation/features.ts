/** A clip in a few numbers: timbre, bands, rhythm, decay and scale; loudness does not count. */
import { BAND_EDGES } from "../audio/convergence.ts";
import { type Frames, melDecibels, powerSpectrum } from "../audio/spectrum.ts";
import { chromaOf, pitchSpectrum } from "./chroma.ts";

const SPECTRUM = { nFft: 1024, hop: 256 };
const MEL = { bands: 40, lowest: 40, range: 60 };

/** Beats a minute that rhythm is looked for at, evenly on a logarithmic scale: two octaves and a half. */
export const TEMPI: readonly number[] = Array.from({ length: 60 }, (_, at) => 45 * 2 ** (at / 24));

export interface ClipAnalysis {
  readonly mel: Frames;
  /** For classification: as many for every clip. */
  readonly features: Float32Array;
  /** How steady the strongest beat is: 1 for onsets that repeat exactly, about 0 for noise. */
  readonly pulse: number;
}

/** All that is measured of a mono clip of a few seconds. */
export function analyse(sound: Float32Array, sampleRate: number): ClipAnalysis {
  const power = powerSpectrum(sound, SPECTRUM);
  if (power.rows < 3) throw new Error(`a clip of ${sound.length} samples is too short to be analysed`);
  const mel = melDecibels(power, { ...MEL, sampleRate });
  const beats = rhythm(onsets(mel), sampleRate / SPECTRUM.hop);
  const scale = scaleSteps(sound, sampleRate);
  const features = Float32Array.from([
    ...timbre(mel),
    ...bandShares(power, sampleRate),
    ...beats,
    ...fadings(mel),
    ...scale,
  ]);
  return { mel, features, pulse: Math.max(...beats) };
}

/** Mean difference of two clips' mel spectra, in decibels; both are as long. */
export function melDifference(a: Frames, b: Frames): number {
  if (a.rows !== b.rows || a.columns !== b.columns) throw new Error("clips of different lengths cannot be compared");
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += Math.abs(a.data[at]! - b.data[at]!);
  return sum / a.data.length;
}

/** By mel bands: means (less the clip's own mean), deviations, and deviations of what changes from frame to frame. */
function timbre({ rows, columns, data }: Frames): number[] {
  const [sums, squares, changes] = [0, 0, 0].map(() => new Float64Array(columns)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let at = 0; at < data.length; at++) {
    sums[at % columns]! += data[at]!;
    squares[at % columns]! += data[at]! ** 2;
    if (at >= columns) changes[at % columns]! += (data[at]! - data[at - columns]!) ** 2;
  }
  const means = sums.map((sum) => sum / rows);
  const mean = means.reduce((sum, one) => sum + one, 0) / columns;
  return [
    ...means.map((one) => one - mean),
    ...squares.map((square, band) => Math.sqrt(Math.max(0, square / rows - means[band]! ** 2))),
    ...changes.map((change) => Math.sqrt(change / (rows - 1))),
  ];
}

/** Energy of each band of `BAND_EDGES` against all of it, in decibels. */
function bandShares({ rows, columns, data }: Frames, sampleRate: number): number[] {
  const sums = new Float64Array(BAND_EDGES.length - 1);
  for (let bin = 0; bin < columns; bin++) {
    const hertz = (bin * sampleRate) / 2 / (columns - 1);
    const band = Math.max(
      0,
      BAND_EDGES.findLastIndex((edge, index) => index < sums.length && edge <= hertz),
    );
    for (let row = 0; row < rows; row++) sums[band]! += data[row * columns + bin]!;
  }
  const total = sums.reduce((sum, one) => sum + one, 1e-9);
  return [...sums.map((sum) => 10 * Math.log10(Math.max(sum / total, 1e-6)))];
}

const GROUP = 5; // mel bands
const FADING_FRAMES = [2, 8, 24]; // 23 ms to 0.28 s: short notes, rooms
const FALL = 0.1; // decibels, so that rounding is no fading

/** By groups of mel bands and distances in time: how deep the sound falls where it falls, and how often; halls and long notes fade slowly. */
function fadings({ rows, columns, data }: Frames): number[] {
  const groups = columns / GROUP;
  return FADING_FRAMES.flatMap((frames) =>
    Array.from({ length: groups }, (_, group) => {
      let [depth, count] = [0, 0];
      for (let row = frames; row < rows; row++) {
        let change = 0;
        for (let band = group * GROUP; band < (group + 1) * GROUP; band++)
          change += (data[row * columns + band]! - data[(row - frames) * columns + band]!) / GROUP;
        if (change >= -FALL) continue;
        depth += change;
        count++;
      }
      return [depth / Math.max(1, count), count / Math.max(1, rows - frames)];
    }).flat(),
  );
}

const MAJOR = [0, 2, 4, 5, 7, 9, 11];
const BASS = { lowest: 40, highest: 250 };

/** How much each step of a scale sounds, in all and in the bass, counted from the major key whose scale fits best: its relative minor leans on other steps. */
function scaleSteps(sound: Float32Array, sampleRate: number): number[] {
  const spectrum = pitchSpectrum(sound);
  const chromas = [chromaOf(spectrum, sampleRate), chromaOf(spectrum, sampleRate, BASS)];
  const merit = (tonic: number): number =>
    MAJOR.reduce((sum, step) => sum + chromas.reduce((all, one) => all + one[(step + tonic) % 12]!, 0), 0);
  const merits = Array.from({ length: 12 }, (_, tonic) => merit(tonic));
  const tonic = merits.indexOf(Math.max(...merits));
  return chromas.flatMap((chroma) => Array.from({ length: 12 }, (_, step) => chroma[(step + tonic) % 12]!));
}

/** How much louder the bands become from each frame to the next, on average: high where notes and drums begin. */
export function onsets({ rows, columns, data }: Frames): Float64Array {
  return Float64Array.from({ length: rows - 1 }, (_, row) => {
    let sum = 0;
    for (let at = (row + 1) * columns; at < (row + 2) * columns; at++)
      sum += Math.max(0, data[at]! - data[at - columns]!);
    return sum / columns;
  });
}

/** Autocorrelation of onsets at the beats of `TEMPI`: 1 for a clip that repeats itself exactly at that distance. */
export function rhythm(onsets: Float64Array, framesPerSecond: number): number[] {
  const mean = onsets.reduce((sum, one) => sum + one, 0) / onsets.length;
  const centred = onsets.map((one) => one - mean);
  const power = centred.reduce((sum, one) => sum + one * one, 1e-9) / centred.length;
  const at = (lag: number): number => {
    if (lag >= centred.length) return 0;
    let sum = 0;
    for (let index = lag; index < centred.length; index++) sum += centred[index]! * centred[index - lag]!;
    return sum / (centred.length - lag) / power;
  };
  return TEMPI.map((tempo) => {
    const lag = (60 / tempo) * framesPerSecond;
    const share = lag - Math.floor(lag);
    return (1 - share) * at(Math.floor(lag)) + share * at(Math.floor(lag) + 1);
  });
}
