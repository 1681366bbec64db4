/** The VQ-VAE (spec 2): one autoencoder a level, sound to codes and codes to sound. A frame of sound has one code, or several. */
import { GraphError, type Value } from "../onnx/graph.ts";
import { add, concat, mul, pad, reshape, slice, sub, sum, transpose } from "../onnx/ops.ts";
import { conv, matmul } from "../onnx/products.ts";
import { conv3, dilations, down, type ResnetSize, resnet, swapTime, up } from "./convolution.ts";
import { interleaved, lookup, quantise, rowsOf } from "./frames.ts";
import { spectraOf } from "./spectra.ts";
import {
  decodeSpectra,
  encodeSpectra,
  type SpectralLevel,
  type SpectralSize,
  soundOf,
  spectralDecoderReach,
  spectralEncoderReach,
} from "./spectral.ts";
import type { Weights } from "./weights.ts";

export interface VqvaeSize {
  /** How often block i halves (or divides by its stride), finest block first; a block of none is left out. */
  readonly downsT: readonly number[];
  /** Even numbers. Ours: a list gives each of a block's divisions its own. */
  readonly stridesT: readonly (number | readonly number[])[];
  readonly embWidth: number;
  /** Codes by level, finest first. */
  readonly lBins: readonly number[];
  readonly width: number;
  readonly depth: number;
  /** Width and depth of a level's networks are multiplied by these. */
  readonly multipliers: readonly number[];
  readonly mConv: number;
  readonly dilationGrowthRate: number;
  readonly reverseDecoderDilation: boolean;
  /** Ours, by level: codes of a frame, each for what those before it leave. One if left out. */
  readonly codesPerFrame?: readonly number[];
  /** Ours, by level: whether encoder and decoder also read the codes of the level above, and what that one reads. */
  readonly readsAbove?: readonly boolean[];
  /** Ours, by level: size of the decoder. Like the encoder's if left out, or null. */
  readonly decoders?: readonly (DecoderShape | null)[];
  /** Ours, by level: what a level that hears spectra is made of; null where one hears waves, as the paper's do. */
  readonly spectral?: readonly (SpectralSize | null)[];
}

export interface DecoderShape {
  readonly width: number;
  /** Residual blocks at each rate, coarsest first; dilations start anew after `depth` of the VQ-VAE. */
  readonly depths: readonly number[];
}

type Strides = Pick<VqvaeSize, "downsT" | "stridesT">;

/** The divisions of a block, from sound to codes. */
export function stridesOf({ downsT, stridesT }: Strides, block: number): readonly number[] {
  const stride = stridesT[block]!;
  return typeof stride === "number" ? Array.from({ length: downsT[block]! }, () => stride) : stride;
}

/** Samples of a frame (of a code, where a frame has one), by level, finest first. */
export function hopsOf(size: Strides): number[] {
  let hop = 1;
  return size.downsT.map((_, block) => {
    hop = stridesOf(size, block).reduce((all, stride) => all * stride, hop);
    return hop;
  });
}

/** Codes of a frame. */
export const codesPerFrame = (level: number, size: VqvaeSize): number => size.codesPerFrame?.[level] ?? 1;
/** Whether a level reads the one above. */
export const readsAbove = (level: number, size: VqvaeSize): boolean => size.readsAbove?.[level] ?? false;

/** Samples of which a level hears whole numbers: its own frames, and those of what it reads above. */
export const grainOf = (level: number, size: VqvaeSize): number =>
  readsAbove(level, size) ? grainOf(level + 1, size) : hopsOf(size)[level]!;

/** A level of spectra, or nothing where waves are heard. */
function spectralOf(level: number, size: VqvaeSize): SpectralLevel | undefined {
  const own = size.spectral?.[level];
  return own ? { ...own, hop: hopsOf(size)[level]!, embWidth: size.embWidth } : undefined;
}
export const isSpectral = (level: number, size: VqvaeSize): boolean => spectralOf(level, size) !== undefined;

/** Blocks of a level that divide, finest first. */
const blocksOf = (level: number, size: VqvaeSize): number[] =>
  Array.from({ length: level + 1 }, (_, block) => block).filter((block) => stridesOf(size, block).length > 0);

/** Samples on each side that a decoded sample depends on, rounded up to whole frames of its level: how much chunks must overlap. */
export function decoderReach(level: number, size: VqvaeSize): number {
  const hop = hopsOf(size)[level]!;
  const spectral = spectralOf(level, size);
  if (spectral) return spectralDecoderReach(spectral) * hop;
  const inner = decoderLevel(level, size);
  let [reach, step, time] = [0, hop, 0];
  for (const block of blocksOf(level, size).reverse()) {
    reach += step;
    for (const stride of stridesOf(size, block).toReversed()) {
      reach += (spread(inner(time++)) + 1) * step;
      step /= stride;
    }
  }
  return Math.ceil((reach + 1) / hop) * hop;
}

/** Samples on each side that a frame hears beyond its own, rounded up to whole frames. */
export function encoderReach(level: number, size: VqvaeSize): number {
  const hop = hopsOf(size)[level]!;
  const spectral = spectralOf(level, size);
  const reach = spectral ? spectralEncoderReach(spectral) : waveEncoderReach(level, size);
  const own = Math.ceil(reach / hop) * hop;
  const all = readsAbove(level, size) ? own + encoderReach(level + 1, size) : own;
  const grain = grainOf(level, size);
  return Math.ceil(all / grain) * grain;
}

function waveEncoderReach(level: number, size: VqvaeSize): number {
  const inner = levelSize(level, size);
  let [reach, step] = [0, 1];
  for (const block of blocksOf(level, size)) {
    for (const stride of stridesOf(size, block)) {
      step *= stride;
      reach += (1 + spread(inner)) * step; // a strided kernel sticks out by half a stride
    }
    reach += step;
  }
  return reach;
}

/** Places on each side that residual blocks read. */
const spread = (size: ResnetSize): number => dilations(size).reduce((all, dilation) => all + dilation, 0);

/** Sound [batch, 1, samples] to latents [batch, embWidth, samples / hop]; `above` as `aboveOf` gives it. */
export function encode(level: number, sound: Value, weights: Weights, size: VqvaeSize, above?: Value): Value {
  const grain = grainOf(level, size);
  const samples = sound.shape[2]!;
  if (typeof samples === "number" && samples % grain !== 0)
    throw new GraphError(`encode: ${samples} samples are no multiple of the hop, ${grain}`);
  const encoder = weights.at(`encoders.${level}`);
  const spectral = spectralOf(level, size);
  if (spectral) return encodeSpectra(sound, encoder, spectral, above);
  const blocks = blocksOf(level, size);
  return blocks.reduce((x, block) => {
    const read = block === blocks.at(-1) ? above : undefined;
    return encodeBlock(x, encoder.at(`level_blocks.${block}.model`), { block, level, size }, read);
  }, sound);
}

interface Place {
  readonly block: number;
  readonly level: number;
  readonly size: VqvaeSize;
}

function encodeBlock(sound: Value, w: Weights, { block, level, size }: Place, above?: Value): Value {
  const inner = levelSize(level, size);
  const strides = stridesOf(size, block);
  let x = sound;
  for (const [time, stride] of strides.entries()) {
    const inputs = time > 0 ? inner.width : block > 0 ? size.embWidth : 1;
    x = down(x, w.at(`${time}.0`), inputs, inner.width, even(stride));
    if (above && time === strides.length - 1)
      x = add(x, conv3(above, w.at("above"), above.shape[1] as number, inner.width));
    x = resnet(x, w.at(`${time}.1.model`), inner);
  }
  return conv3(x, w.at(String(strides.length)), inner.width, size.embWidth);
}

/** The codebooks of a level, one for each code of a frame, below one another: [codes of a frame · bins, embWidth]. */
export const codebook = (level: number, weights: Weights, size: VqvaeSize): Value =>
  weights.tensor(codebookName(level), [codesPerFrame(level, size) * size.lBins[level]!, size.embWidth]);
export const codebookName = (level: number): string => `bottleneck.level_blocks.${level}.k`;

/** Sound to a level's codes, frame after frame: int32 [batch · frames · codes of a frame]. */
export function codesOf(level: number, sound: Value, weights: Weights, size: VqvaeSize): Value {
  const rows = rowsOf(encode(level, sound, weights, size, vectorsAbove(level, sound, weights, size)));
  const stages = quantise(rows, codebook(level, weights, size), codesPerFrame(level, size));
  return interleaved(stages.map(({ codes }) => codes));
}

/** What a level's encoder and decoder read of those above, from the sound itself: as `aboveOf`. */
export const vectorsAbove = (level: number, sound: Value, weights: Weights, size: VqvaeSize): Value | undefined =>
  aboveOf(
    level,
    (upper) => reshape(codesOf(upper, sound, weights, size), [sound.shape[0] as number, -1]),
    weights,
    size,
  );

/** The levels whose codes a level's sound depends on beside its own. */
export const levelsRead = (level: number, size: VqvaeSize): number[] =>
  readsAbove(level, size) ? [level + 1, ...levelsRead(level + 1, size)] : [];

/** Vectors of the level above, and of all that it reads, each frame as often as there are frames of this level: [batch, channels, frames]; or nothing. */
export function aboveOf(
  level: number,
  codesAt: (level: number) => Value,
  weights: Weights,
  size: VqvaeSize,
): Value | undefined {
  if (!readsAbove(level, size)) return undefined;
  const own = vectorsOf(level + 1, codesAt(level + 1), weights, size);
  const beyond = aboveOf(level + 1, codesAt, weights, size);
  const hops = hopsOf(size);
  return repeated(beyond ? concat([own, beyond], 1) : own, hops[level + 1]! / hops[level]!);
}

/** Every frame of [batch, channels, frames] so many times. */
function repeated(vectors: Value, times: number): Value {
  if (times === 1) return vectors;
  const [batch, channels] = vectors.shape as [number, number];
  const frame = reshape(vectors, [batch, channels, -1, 1]);
  const frames = Array.from({ length: times }, () => frame);
  return reshape(concat(frames, 3), [batch, channels, -1]);
}

/** Codes of a level [batch, frames · codes of a frame] to vectors [batch, embWidth, frames]. */
export const vectorsOf = (level: number, codes: Value, weights: Weights, size: VqvaeSize): Value =>
  lookup(codes, codebook(level, weights, size), codesPerFrame(level, size));

/** What else a level's sound depends on. */
export interface Surroundings {
  /** As `aboveOf` gives it. */
  readonly above?: Value | undefined;
  /** The first frame's place in the song, int32 [1], of a level of spectra: 0 if left out. */
  readonly at?: Value | undefined;
}

/** Vectors [batch, embWidth, frames] to sound [batch, 1, frames · hop]. */
export function decode(
  level: number,
  vectors: Value,
  weights: Weights,
  size: VqvaeSize,
  { above, at }: Surroundings = {},
): Value {
  const decoder = weights.at(`decoders.${level}`);
  const spectral = spectralOf(level, size);
  if (spectral) {
    const start = at ?? vectors.graph.constant("int32", [1], new Int32Array(1));
    return soundOf(
      decodeSpectra(vectors, decoder.at("spectra"), spectral, above),
      decoder.at("sound"),
      spectral,
      start,
    );
  }
  const blocks = blocksOf(level, size).reverse();
  const inner = decoderLevel(level, size);
  let [x, before] = [vectors, 0];
  for (const block of blocks) {
    const read = block === blocks[0] ? above : undefined;
    x = decodeBlock(x, decoder, { block, level, size }, (time) => inner(before + time), read);
    before += stridesOf(size, block).length;
  }
  return x;
}

/** Of a level of spectra: those that vectors stand for, beside those that its sound has, [batch, SPECTRA_ROWS, frames]. */
export function spectraOfLevel(
  level: number,
  { sound, vectors, above }: { readonly sound: Value; readonly vectors: Value; readonly above?: Value | undefined },
  weights: Weights,
  size: VqvaeSize,
): { readonly heard: Value; readonly told: Value } {
  const spectral = spectralOf(level, size);
  if (!spectral) throw new GraphError(`level ${level} hears no spectra`);
  const told = decodeSpectra(vectors, weights.at(`decoders.${level}.spectra`), spectral, above);
  return { heard: spectraOf(sound, spectral), told };
}

/** The last step of block 0 gives sound. */
function decodeBlock(
  vectors: Value,
  decoder: Weights,
  { block, size }: Place,
  innerAt: (time: number) => ResnetSize,
  above?: Value,
): Value {
  const w = decoder.at(`level_blocks.${block}.model`);
  const strides = stridesOf(size, block).toReversed();
  const { width } = innerAt(0);
  let x = conv3(vectors, w.at("0"), size.embWidth, width);
  if (above) x = add(x, conv3(above, w.at("above"), above.shape[1] as number, width));
  for (const [time, stride] of strides.entries()) {
    x = resnet(x, w.at(`${time + 1}.0.model`), innerAt(time));
    const growing = w.at(`${time + 1}.1`);
    const last = time === strides.length - 1;
    if (!last) x = up(x, growing, width, width, even(stride));
    else if (block > 0) x = up(x, growing, width, size.embWidth, even(stride));
    else x = upToSound(x, { growing, out: decoder.at("out"), width, embWidth: size.embWidth, stride: even(stride) });
  }
  return x;
}

interface Tail {
  readonly growing: Weights;
  readonly out: Weights;
  readonly width: number;
  readonly embWidth: number;
  readonly stride: number;
}

/**
 * The last transposed convolution and the closing one (kernel 3, to one channel). Nothing stands between them, so their kernels
 * are convolved first and embWidth channels at the full rate are never made: a tenth of the work, the same numbers.
 */
function upToSound(x: Value, { growing, out, width, embWidth, stride }: Tail): Value {
  const [w, b] = [growing.tensor("weight", [width, embWidth, 2 * stride]), growing.tensor("bias", [embWidth])];
  const [close, closeBias] = [out.tensor("weight", [1, embWidth, 3]), out.tensor("bias", [1])];
  const both = conv(w, close, undefined, { padding: 2 }); // [width, 1, 2·stride + 2]
  const taps = reshape(pad(both, 2, 0, stride - 2), [width, 3, stride]);
  const backwards = concat(
    [2, 1, 0].map((tap) => slice(taps, 1, tap, tap + 1)),
    1,
  ); // the oldest code's tap comes first
  const kernel = transpose(backwards, [2, 0, 1]); // [stride, width, 3]
  const phases = conv(x, kernel, undefined, { padding: 2 }); // [batch, stride, codes + 2]
  const whole = reshape(swapTime(phases), [x.shape[0] as number, 1, -1]);
  const before = stride / 2 + 1;
  const sound = slice(whole, 2, before, before - 2 * stride);
  const bias = add(sum(mul(close, reshape(b, [1, embWidth, 1]))), reshape(closeBias, [1, 1, 1]));
  const edge = (code: Value, tap: number, side: number): Value => {
    const outside = reshape(slice(w, 2, tap, tap + 1), [width, embWidth]); // what the first convolution has just beyond an end, where the second one sees a zero
    const closing = reshape(slice(close, 2, side, side + 1), [embWidth, 1]);
    const reached = matmul(reshape(code, [-1, width]), matmul(outside, closing)); // [batch, 1]
    return reshape(add(reached, matmul(reshape(b, [1, embWidth]), closing)), [-1, 1, 1]);
  };
  const first = sub(slice(sound, 2, 0, 1), edge(slice(x, 2, 0, 1), stride / 2 - 1, 0));
  const last = sub(slice(sound, 2, -1), edge(slice(x, 2, -1), stride + stride / 2, 2));
  return add(concat([first, slice(sound, 2, 1, -1), last], 2), bias);
}

function levelSize(level: number, size: VqvaeSize): ResnetSize {
  const multiplier = size.multipliers[level]!;
  const width = size.width * multiplier;
  return {
    width,
    depth: size.depth * multiplier,
    hidden: Math.trunc(size.mConv * width),
    dilationGrowth: size.dilationGrowthRate,
  };
}

/** A decoder's residual blocks before each of its enlargements, counted from the codes. */
function decoderLevel(level: number, size: VqvaeSize): (time: number) => ResnetSize {
  const reversed = size.reverseDecoderDilation;
  const own = size.decoders?.[level];
  const like = levelSize(level, size);
  if (!own) return () => ({ ...like, reversed });
  const { width, depths } = own;
  const hidden = Math.trunc(size.mConv * width);
  return (time) => ({ ...like, width, hidden, depth: depths[time]!, dilationCycle: size.depth, reversed });
}

function even(stride: number): number {
  if (stride < 2 || stride % 2 !== 0) throw new GraphError(`a stride must be even, not ${stride}`);
  return stride;
}
