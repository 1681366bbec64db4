/** How far a copy is from its sound: spectra over four windows, by band, in decibels of mel bands, and with their phases. */
import { BAND_EDGES } from "../audio/convergence.ts";
import { melFilters } from "../audio/spectrum.ts";
import { shortTimeSpectrum } from "../model/losses.ts";
import { MELS, SPECTRA_ROWS } from "../model/spectra.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { add, div, exp, log, max, mean, mul, reshape, slice, sqrt, sub, sum } from "../onnx/ops.ts";
import { matmul } from "../onnx/products.ts";

/** How much each part counts. */
export interface ComparisonPlan {
  /** Norm of the difference of magnitudes over the norm of the sound's: the loudest bands decide. */
  readonly spectra: number;
  /** The same by bands, each over its own norm: the bass does not outweigh what carries words. */
  readonly bands: number;
  /** Mean difference of mel bands in decibels: soft sound counts as much as loud. */
  readonly decibels: number;
  /** By bands up to 3 kHz, of complex spectra: codes learn to carry phase. 0 where they should not. */
  readonly waves: number;
}

export interface Compared {
  readonly loss: Value;
  /** Each part, unweighted. */
  readonly parts: Readonly<Record<keyof ComparisonPlan, Value>>;
}

/** How much a level's error in each part of spectra counts, and how much that of the roots of its pitches' amplitudes: peaks carry the tune. */
const SPECTRAL = { mels: 0.3, shortMels: 0.1, pitches: 0.4, peaks: 0.6 };
const DECIBELS = 40 / Math.LN10; // a level of 1

/** Compares the spectra that codes tell with those heard, [batch, SPECTRA_ROWS, frames] both; parts in decibels but for peaks. */
export function compareSpectra(
  heard: Value,
  told: Value,
): { readonly loss: Value; readonly parts: Record<string, Value> } {
  const [first, second, end] = [MELS[0].bands, MELS[0].bands + MELS[1].bands, SPECTRA_ROWS];
  const errorOf = (one: Value, other: Value): Value => {
    const difference = sub(other, one);
    return mean(sqrt(add(mul(difference, difference), 1e-6)));
  };
  const between = (from: number, to: number): readonly [Value, Value] => [
    slice(heard, 1, from, to),
    slice(told, 1, from, to),
  ];
  const pitched = between(second, end);
  const errors = {
    mels: errorOf(...between(0, first)),
    shortMels: errorOf(...between(first, second)),
    pitches: errorOf(...pitched),
    peaks: errorOf(exp(pitched[0]), exp(pitched[1])),
  };
  const names = Object.keys(SPECTRAL) as (keyof typeof SPECTRAL)[];
  const loss = names.map((name) => mul(errors[name], SPECTRAL[name])).reduce((all, part) => add(all, part));
  const parts = names.map((name) => [name, name === "peaks" ? errors[name] : mul(errors[name], DECIBELS)] as const);
  return { loss, parts: Object.fromEntries(parts) };
}

/** Windows, and how many mel bands each tells apart. */
const WINDOWS = [
  { nFft: 2048, melBands: 80 },
  { nFft: 1024, melBands: 60 },
  { nFft: 512, melBands: 30 },
  { nFft: 256, melBands: 14 },
];
const LIFT = 0.5; // pre-emphasis of what magnitudes are compared of
const PHASED = 3; // bands whose phases are compared
const QUIET = 1e-4; // share of all power that a band's own norm is raised by
const LOWEST = 40; // Hz, of mel bands
/** Power of a bin, over the square of the window, that counts as silence: 98 dB below a full sine. */
const SILENCE = 1e-11;

/** Compares sounds [batch, samples]. */
export function compare(sound: Value, copy: Value, plan: ComparisonPlan, sampleRate: number): Compared {
  const found = WINDOWS.map((window) => compareOver(window, sound, copy, sampleRate));
  const average = (name: keyof ComparisonPlan): Value => meanOf(found.map((parts) => parts[name]));
  const parts = {
    spectra: average("spectra"),
    bands: average("bands"),
    decibels: average("decibels"),
    waves: average("waves"),
  };
  const weighted = (["spectra", "bands", "decibels", "waves"] as const)
    .filter((name) => plan[name] > 0)
    .map((name) => mul(parts[name], plan[name]));
  return { loss: weighted.reduce((all, part) => add(all, part)), parts };
}

function compareOver(
  { nFft, melBands }: (typeof WINDOWS)[number],
  sound: Value,
  copy: Value,
  sampleRate: number,
): Compared["parts"] {
  const [x, y] = [sound, copy].map((one) => shortTimeSpectrum(one, { nFft, hop: nFft / 4, window: nFft }));
  const [real, imaginary] = [sub(y!.re, x!.re), sub(y!.im, x!.im)];
  const [power, copied, error] = [squares(x!.re, x!.im), squares(y!.re, y!.im), squares(real, imaginary)];
  const lift = liftOf(sound.graph, nFft);
  const magnitude = sqrt(power);
  const [wrong, right] = [mul(sub(sqrt(copied), magnitude), lift), mul(magnitude, lift)].map((one) => mul(one, one));
  const edges = BAND_EDGES.map((hertz) => Math.min(Math.ceil((hertz * nFft) / sampleRate), nFft / 2 + 1));
  const bands = edges.slice(1).map((end, band) => [edges[band]!, end] as const);
  const sounding = bands.filter(([from, to]) => from < to);
  return {
    spectra: ratioOf(sum(wrong!), max(sum(right!), 1e-6)),
    bands: meanOf(sounding.map((band) => bandRatio(wrong!, right!, band))),
    decibels: melDifference(power, copied, { nFft, melBands, sampleRate }),
    waves: meanOf(sounding.slice(0, PHASED).map((band) => bandRatio(error, power, band))),
  };
}

/** Never quite zero, so that roots have a slope. */
const squares = (re: Value, im: Value): Value => max(add(mul(re, re), mul(im, im)), 1e-16);
const ratioOf = (wrong: Value, right: Value): Value => sqrt(div(max(wrong, 1e-12), right));
const meanOf = (values: readonly Value[]): Value =>
  mul(
    values.reduce((all, one) => add(all, one)),
    1 / values.length,
  );

function bandRatio(wrong: Value, right: Value, [from, to]: readonly [number, number]): Value {
  const of = (one: Value): Value => sum(slice(one, 2, from, to));
  return ratioOf(of(wrong), add(add(of(right), mul(sum(right), QUIET)), 1e-6));
}

/** Magnitude by bin of y[t] = x[t] − LIFT · x[t − 1]: [1, 1, bins]. */
function liftOf(graph: Graph, nFft: number): Value {
  const bins = nFft / 2 + 1;
  const gains = Float32Array.from({ length: bins }, (_, bin) => {
    const angle = (2 * Math.PI * bin) / nFft;
    return Math.hypot(1 - LIFT * Math.cos(angle), LIFT * Math.sin(angle));
  });
  return graph.constant("float32", [1, 1, bins], gains);
}

interface MelSize {
  readonly nFft: number;
  readonly melBands: number;
  readonly sampleRate: number;
}

/** Mean difference of mel bands in decibels, of two power spectra [batch, frames, bins]. */
function melDifference(power: Value, copied: Value, { nFft, melBands, sampleRate }: MelSize): Value {
  const bins = nFft / 2 + 1;
  const weights = new Float32Array(bins * melBands);
  for (const [band, filter] of melFilters(melBands, LOWEST, sampleRate, bins).entries())
    for (const [at, weight] of filter.weights.entries()) weights[(filter.from + at) * melBands + band] = weight;
  const table = power.graph.constant("float32", [bins, melBands], weights);
  const decibels = (one: Value): Value =>
    mul(log(max(matmul(reshape(one, [-1, bins]), table), SILENCE * nFft ** 2)), 10 / Math.LN10);
  const difference = sub(decibels(copied), decibels(power));
  return mean(sqrt(add(mul(difference, difference), 1e-4)));
}
