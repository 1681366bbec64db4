/** What a level of spectra hears, frame by frame: how loud pitches and mel bands are. Phases are left out, so a steady sound stays the same. */
import { melFilters } from "../audio/spectrum.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { add, concat, log, mul, pad, reshape, slice } from "../onnx/ops.ts";
import { matmul } from "../onnx/products.ts";
import { swapTime } from "./convolution.ts";

/** Quarter tones from the lowest string of a bass on, in a window that tells them apart from about 300 Hz on. */
export const PITCHES = { count: 139, lowest: 41.2034, perOctave: 24, window: 4096 } as const;
/** From fine in pitch to fine in time. */
export const MELS = [
  { window: 1024, bands: 80 },
  { window: 256, bands: 20 },
] as const;
/** Rows of a frame: mel bands by window, then pitches. */
export const SPECTRA_ROWS = MELS.reduce((sum, { bands }) => sum + bands, PITCHES.count as number);

const LOWEST_MEL = 40; // Hz
/** Power, over the square of the window, that is added to all: 58 dB below a full sine. */
const FLOOR = 1e-7;

export interface SpectraSetting {
  /** Samples of a frame: a divisor of the shortest window. */
  readonly hop: number;
  readonly sampleRate: number;
}

/** Hz of each pitch. */
export const pitches = (): number[] =>
  Array.from({ length: PITCHES.count }, (_, at) => PITCHES.lowest * 2 ** (at / PITCHES.perOctave));

/** Sound [batch, 1, samples] to [batch, SPECTRA_ROWS, samples / hop]: logarithms of power, a row's usual range about 0 to 2. Frames begin at their windows' middle. */
export function spectraOf(sound: Value, setting: SpectraSetting): Value {
  const [batch, , samples] = sound.shape as [number, number, number];
  const rows = [...MELS.map((mel) => melLevels(sound, mel, setting)), pitchLevels(sound, setting)];
  return swapTime(reshape(concat(rows, 1), [batch, samples / setting.hop, SPECTRA_ROWS]));
}

function melLevels(sound: Value, { window, bands }: (typeof MELS)[number], { hop, sampleRate }: SpectraSetting): Value {
  const bins = window / 2 + 1;
  const hertz = Array.from({ length: bins }, (_, bin) => (bin * sampleRate) / window);
  const weights = new Float32Array(bins * bands);
  for (const [band, filter] of melFilters(bands, LOWEST_MEL, sampleRate, bins).entries())
    for (const [at, weight] of filter.weights.entries()) weights[(filter.from + at) * bands + band] = weight;
  const power = powerAt(sound, window, hertz, { hop, sampleRate });
  return levelsOf(matmul(power, sound.graph.constant("float32", [bins, bands], weights)), window);
}

const pitchLevels = (sound: Value, setting: SpectraSetting): Value =>
  levelsOf(powerAt(sound, PITCHES.window, pitches(), setting), PITCHES.window);

const levelsOf = (power: Value, window: number): Value =>
  mul(add(log(add(mul(power, 1 / window ** 2), FLOOR)), 8), 0.25);

/** Power of windowed frames at these frequencies [batch · frames, frequencies]; beyond its ends the sound is silent. */
function powerAt(sound: Value, window: number, hertz: readonly number[], { hop, sampleRate }: SpectraSetting): Value {
  const [batch, , samples] = sound.shape as [number, number, number];
  const frames = samples / hop;
  const padded = pad(sound, 2, window / 2, window / 2);
  const pieces = Array.from({ length: window / hop }, (_, piece) =>
    reshape(slice(padded, 2, piece * hop, (piece + frames) * hop), [batch * frames, hop]),
  );
  const [re, im] = [Math.cos, Math.sin].map((wave) =>
    matmul(concat(pieces, 1), waves(sound.graph, window, hertz, sampleRate, wave)),
  ) as [Value, Value];
  return add(mul(re, re), mul(im, im));
}

/** Windowed by Hann [window, frequencies]. */
function waves(
  graph: Graph,
  window: number,
  hertz: readonly number[],
  sampleRate: number,
  wave: (angle: number) => number,
): Value {
  const data = new Float32Array(window * hertz.length);
  for (let at = 0; at < window; at++) {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / window);
    for (const [place, frequency] of hertz.entries())
      data[at * hertz.length + place] = hann * wave((2 * Math.PI * frequency * at) / sampleRate);
  }
  return graph.constant("float32", [window, hertz.length], data);
}

/** What rows of spectra say of the logarithm of an amplitude: a sum of rows by weights, and an offset. */
export interface Loudness {
  readonly parts: readonly (readonly [row: number, weight: number])[];
  readonly offset: number;
}

/** A level is (ln(power / window²) + 8) / 4, and a sine's power is (amplitude · window / 4)². */
const OF_SINE = -4 + Math.log(4);

/** Of a sine at one of the pitches. */
export const pitchLoudness = (pitch: number): Loudness => ({
  parts: [[SPECTRA_ROWS - PITCHES.count + pitch, 2]],
  offset: OF_SINE,
});

/** Of each of many sines, so many Hz apart, around a frequency: their share of the mel bands that it lies between. */
export function melLoudness(hertz: number, sampleRate: number, apart: number): Loudness {
  const { window, bands } = MELS[0];
  const filters = melFilters(bands, LOWEST_MEL, sampleRate, window / 2 + 1);
  const bin = sampleRate / window;
  const middles = filters.map(({ from, weights }) => {
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    return (bin * weights.reduce((sum, weight, at) => sum + weight * (from + at), 0)) / all;
  });
  const above = middles.findIndex((middle) => middle > hertz);
  const upper = above < 0 ? bands - 1 : above;
  const lower = Math.max(0, above < 0 ? bands - 1 : above - 1);
  const share = upper === lower ? 1 : (hertz - middles[lower]!) / (middles[upper]! - middles[lower]!);
  const near = [
    [lower, 1 - share],
    [upper, share],
  ] as const;
  const lines = (band: number): number =>
    Math.max(1, (filters[band]!.weights.reduce((sum, one) => sum + one, 0) * bin) / apart);
  return {
    parts: near.map(([band, weight]) => [band, 2 * weight] as const),
    offset: OF_SINE - near.reduce((sum, [band, weight]) => sum + weight * 0.5 * Math.log(lines(band)), 0),
  };
}
