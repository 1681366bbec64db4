/**
 * Sound from spectra: oscillators that run on in absolute time, and noise. Strided convolutions make of codes that stay the
 * same only what repeats with every frame; oscillators hold any pitch. Spectra say how loud each is at first; a network corrects it.
 */
import type { Graph, Value } from "../onnx/graph.ts";
import {
  add,
  cast,
  concat,
  cos,
  exp,
  floor,
  gather,
  min,
  mul,
  pad,
  range,
  reshape,
  sin,
  sizeOf,
  slice,
  sub,
} from "../onnx/ops.ts";
import { conv, matmul } from "../onnx/products.ts";
import { swapTime } from "./convolution.ts";
import { type Loudness, MELS, melLoudness, pitches, pitchLoudness } from "./spectra.ts";
import type { Weights } from "./weights.ts";

export interface Synthesis {
  /** Samples from one set of amplitudes to the next: a power of two up to 512. Windows are twice as long, and overlap. */
  readonly hop: number;
  readonly sampleRate: number;
  /** Channels that amplitudes are read from. */
  readonly width: number;
}

const NOISE_BANDS = 32; // corrected by the network
const NOISE = 2 ** 15; // samples, over and over
const LOUDEST = 2; // logarithm of a gain
const SHARE = -1; // logarithm of what is left to oscillators, and to noise, of what both could make alone

/** Pitches as spectra tell them, and above them lines as dense as a window tells apart. */
function frequencies({ sampleRate, hop }: Synthesis): number[] {
  const low = pitches();
  const step = sampleRate / (4 * hop);
  const first = low.at(-1)! + step;
  const count = Math.max(0, Math.floor((0.495 * sampleRate - first) / step));
  return [...low, ...Array.from({ length: count }, (_, at) => first + at * step)];
}

/** How loud spectra say that each oscillator is: a pitch as it is told, a line as its share of its mel bands. */
function oscillatorLoudness(size: Synthesis): Loudness[] {
  const { sampleRate, hop } = size;
  return frequencies(size).map((hertz, at) =>
    at < pitches().length ? pitchLoudness(at) : melLoudness(hertz, sampleRate, sampleRate / (4 * hop)),
  );
}

/** x [batch, width, steps] with the spectra of each step [batch · steps, rows] to sound [batch, steps · hop]; `at` int32 [1]: the first step's place in the song. */
export function synthesise(x: Value, spectra: Value, w: Weights, size: Synthesis, at: Value): Value {
  const steps = add(at, cast(range(sizeOf(x, 2)), "int32"));
  const frames = add(tones(x, spectra, w.at("tones"), size, steps), hiss(x, spectra, w.at("noise"), size, steps));
  return overlapped(reshape(frames, [x.shape[0] as number, -1, 2 * size.hop]), size.hop);
}

/** A convolution of kernel 1, as rows [batch · steps, outputs]. */
function rowsOf(x: Value, w: Weights, inputs: number, outputs: number): Value {
  const y = conv(x, w.tensor("weight", [outputs, inputs, 1]), w.tensor("bias", [outputs]));
  return reshape(swapTime(y), [-1, outputs]);
}

/** What spectra [rows, …] say of loudness, as logarithms of gains [rows, one each]. */
function told(spectra: Value, loudness: readonly Loudness[]): Value {
  const { graph } = spectra;
  const rows = spectra.shape[1] as number;
  const weights = new Float32Array(rows * loudness.length);
  for (const [one, { parts }] of loudness.entries())
    for (const [row, weight] of parts) weights[row * loudness.length + one]! += weight;
  const bias = Float32Array.from(loudness, ({ offset }) => offset + SHARE);
  return add(
    matmul(spectra, graph.constant("float32", [rows, loudness.length], weights)),
    graph.constant("float32", [1, loudness.length], bias),
  );
}

/** Windowed frames of the oscillators [batch · steps, 2 · hop]. */
function tones(x: Value, spectra: Value, w: Weights, size: Synthesis, steps: Value): Value {
  const { hop, sampleRate, width } = size;
  const hertz = frequencies(size);
  const count = hertz.length;
  const found = rowsOf(x, w, width, 2 * count);
  const gain = exp(min(add(slice(found, 1, 0, count), told(spectra, oscillatorLoudness(size))), LOUDEST));
  const phase = reshape(slice(found, 1, count, 2 * count), [x.shape[0] as number, -1, count]);
  const turning = turned(
    steps,
    hertz.map((one) => (one * hop) / sampleRate),
  );
  const angles = reshape(add(phase, turning), [-1, count]);
  const wave = (of: (angle: number) => number): Value =>
    table(x.graph, count, 2 * hop, (one, sample) => {
      const time = sample - hop; // from the window's middle
      return slope(sample, 2 * hop) ** 2 * of((2 * Math.PI * hertz[one]! * time) / sampleRate);
    });
  return sub(matmul(mul(gain, cos(angles)), wave(Math.cos)), matmul(mul(gain, sin(angles)), wave(Math.sin)));
}

const SPAN = 1024; // steps in one go: a product of 32-bit numbers then is exact to a ten-thousandth of a turn

/** Angles of oscillators that turn so often a step, by step: [1, steps, oscillators]. */
function turned(steps: Value, turns: readonly number[]): Value {
  const { graph } = steps;
  const count = turns.length;
  const whole = cast(steps, "float32");
  const spans = floor(mul(whole, 1 / SPAN));
  const column = (one: Value): Value => reshape(one, [1, -1, 1]);
  const rest = sub(whole, mul(spans, SPAN));
  const each = (length: number): Value =>
    reshape(
      table(graph, 1, count, (_, one) => fraction(turns[one]! * length)),
      [1, 1, count],
    );
  const angle = add(mul(column(spans), each(SPAN)), mul(column(rest), each(1)));
  return mul(sub(angle, floor(angle)), 2 * Math.PI);
}

const fraction = (value: number): number => value - Math.floor(value);

/** Windowed frames of noise [batch · steps, 2 · hop]: the same noise at the same time of a song, as loud as spectra say, corrected by bands. */
function hiss(x: Value, spectra: Value, w: Weights, { hop, width, sampleRate }: Synthesis, steps: Value): Value {
  const { graph } = x;
  const batch = x.shape[0] as number;
  const [window, bins] = [2 * hop, hop + 1];
  const usual = Array.from({ length: bins }, (_, bin) => noiseLoudness((bin * sampleRate) / window, sampleRate));
  const spread = table(graph, NOISE_BANDS, bins, (band, bin) => triangle(band, bin, bins));
  const gains = exp(min(add(matmul(rowsOf(x, w, width, NOISE_BANDS), spread), told(spectra, usual)), LOUDEST));
  const byStep = reshape(gains, [batch, -1, bins]);
  const noise = noiseAt(graph, steps, hop); // [steps, window]
  const filtered = (wave: (angle: number) => number): Value => {
    const there = table(
      graph,
      window,
      bins,
      (sample, bin) => slope(sample, window) * wave((2 * Math.PI * sample * bin) / window),
    );
    const back = table(graph, bins, window, (bin, sample) => {
      const twice = bin === 0 || bin === hop ? 1 : 2;
      return (twice * slope(sample, window) * wave((2 * Math.PI * sample * bin) / window)) / window;
    });
    const spectrum = reshape(matmul(noise, there), [1, -1, bins]);
    return matmul(reshape(mul(byStep, spectrum), [-1, bins]), back);
  };
  return add(filtered(Math.cos), filtered(Math.sin));
}

/** How loud spectra say that noise of −1 to 1 is around a frequency. */
function noiseLoudness(hertz: number, sampleRate: number): Loudness {
  const line = sampleRate / MELS[0].window; // a bin of the mel bands' transform
  const { parts, offset } = melLoudness(hertz, sampleRate, line);
  return { parts, offset: offset + 0.5 * Math.log(MELS[0].window / 2) }; // of one sine in a bin, against noise in it
}

/** A window whose square adds up to one with its neighbours'. */
const slope = (sample: number, window: number): number => Math.sin((Math.PI * (sample + 0.5)) / window);

/** Noise of the steps [steps, 2 · hop]: a step's own, and the next one's. */
function noiseAt(graph: Graph, steps: Value, hop: number): Value {
  const pieces = NOISE / hop;
  const noise = table(graph, pieces, hop, (piece, sample) => uniform(piece * hop + sample));
  const place = (from: number): Value => {
    const whole = cast(add(steps, from), "float32");
    return cast(sub(whole, mul(floor(mul(whole, 1 / pieces)), pieces)), "int32");
  };
  return concat([gather(noise, place(0)), gather(noise, place(1))], 1);
}

/** −1 to 1, from a counter. */
function uniform(at: number): number {
  let value = Math.imul(at ^ 0x9e3779b9, 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return ((value ^ (value >>> 16)) >>> 0) / 2 ** 31 - 1;
}

/** How much of a band's gain a bin has: bands lie evenly on a logarithmic scale. */
function triangle(band: number, bin: number, bins: number): number {
  const place = ((NOISE_BANDS - 1) * Math.log(1 + bin / 8)) / Math.log(1 + (bins - 1) / 8);
  return Math.max(0, 1 - Math.abs(place - band));
}

/** Frames [batch, steps, 2 · hop], each around the middle of its step, to sound [batch, steps · hop]. */
function overlapped(frames: Value, hop: number): Value {
  const batch = frames.shape[0] as number;
  const half = (from: number): Value => reshape(slice(frames, 2, from, from + hop), [batch, -1]);
  const whole = add(pad(half(0), 1, 0, hop), pad(half(hop), 1, hop, 0));
  return slice(whole, 1, hop / 2, -hop / 2);
}

const table = (graph: Graph, rows: number, columns: number, of: (row: number, column: number) => number): Value =>
  graph.constant(
    "float32",
    [rows, columns],
    Float32Array.from({ length: rows * columns }, (_, at) => of(Math.floor(at / columns), at % columns)),
  );
