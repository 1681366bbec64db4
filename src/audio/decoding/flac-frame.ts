/** Decodes one frame of a FLAC file (RFC 9639, section 9). */
import { BrokenSound, refuse } from "../broken.ts";
import { Bits } from "./bits.ts";

/** Format declared for all frames. */
export interface FlacFormat {
  readonly sampleRate: number;
  readonly channels: number;
  /** Per sample. */
  readonly bits: number;
}

export interface FlacFrame {
  /** Integers, channel by channel. */
  readonly channels: Float64Array[];
  readonly bytes: number;
  /** Number of the frame, or of its first sample, as `counts` says. */
  readonly number: number;
  readonly counts: "frames" | "samples";
}

/** The frame at the beginning of the bytes. */
export function readFrame(bytes: Uint8Array, format: FlacFormat): FlacFrame {
  const { blockSize, assignment, number, counts } = readHeader(bytes, new Bits(bytes), format);
  const maxBytes = headBytes + Math.ceil((blockSize * format.channels * (format.bits + 1) * maxGrowth) / 8);
  const input = new Bits(bytes.subarray(0, maxBytes)); // bounds the work for bytes that only look like a frame
  readHeader(bytes, input, format);
  const channels = Array.from({ length: format.channels }, (_, channel) =>
    readSubframe(input, blockSize, format.bits + (isSide(assignment, channel) ? 1 : 0)),
  );
  const end = input.align();
  if (crc16(bytes.subarray(0, end)) !== new Bits(bytes.subarray(end)).read(16))
    refuse("has a frame with a wrong checksum");
  undoStereo(channels, assignment);
  return { channels, bytes: end + 2, number, counts };
}

const headBytes = 64;
/** Frames are never much larger than their samples. */
const maxGrowth = 4;

/** Whether the bytes begin with an intact frame header. */
export function isFrameHead(bytes: Uint8Array, format: FlacFormat): boolean {
  try {
    return readHeader(bytes, new Bits(bytes), format).blockSize > 0;
  } catch (error) {
    if (error instanceof BrokenSound) return false;
    throw error;
  }
}

/** Stereo with the difference of the two (side) as one channel. */
const [leftSide, sideRight, midSide] = [8, 9, 10];
const isSide = (assignment: number, channel: number): boolean =>
  channel === (assignment === sideRight ? 0 : 1) && assignment >= leftSide;

interface Header {
  readonly blockSize: number;
  readonly assignment: number;
  readonly number: number;
  readonly counts: "frames" | "samples";
}

function readHeader(bytes: Uint8Array, input: Bits, format: FlacFormat): Header {
  if (input.read(15) !== 0b111_1111_1111_1100) refuse("has no frame there");
  const counts = input.read(1) === 0 ? "frames" : "samples"; // fixed or variable block size
  const [sizeCode, rateCode, assignment, bitsCode] = [input.read(4), input.read(4), input.read(4), input.read(3)];
  input.read(1);
  const number = readNumber(input);
  const blockSize = blockSizeOf(sizeCode, input);
  const rate = sampleRateOf(rateCode, input);
  const end = input.align();
  if (crc8(bytes.subarray(0, end)) !== input.read(8)) refuse("has a damaged frame header");
  const channels = assignment < leftSide ? assignment + 1 : assignment <= midSide ? 2 : 0;
  const bits = bitsOf[bitsCode];
  const same = channels === format.channels && (rate ?? format.sampleRate) === format.sampleRate;
  if (!same || bits === undefined || (bits !== 0 && bits !== format.bits)) refuse("changes its format there");
  return { blockSize, assignment, number, counts };
}

/** By code; 0: as the file declares. */
const bitsOf: readonly (number | undefined)[] = [0, 8, 12, undefined, 16, 20, 24, 32];

/** A number coded like UTF-8. */
function readNumber(input: Bits): number {
  const first = input.read(8);
  const ones = Math.clz32(~(first << 24));
  if (ones === 1 || ones > 7) refuse("has a damaged frame header");
  let number = ones === 0 ? first : first & (0x7f >> ones);
  for (let more = ones - 1; more > 0; more--) number = number * 64 + (input.read(8) & 63);
  return number;
}

function blockSizeOf(code: number, input: Bits): number {
  if (code === 0) return refuse("has a damaged frame header");
  if (code === 1) return 192;
  if (code <= 5) return 144 * 2 ** code;
  if (code === 6) return input.read(8) + 1;
  return code === 7 ? input.read(16) + 1 : 2 ** code;
}

const sampleRates = [88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000] as const;

function sampleRateOf(code: number, input: Bits): number | undefined {
  if (code === 0) return undefined;
  if (code <= sampleRates.length) return sampleRates[code - 1];
  if (code === 12) return input.read(8) * 1000;
  if (code === 15) return refuse("has a damaged frame header");
  return input.read(16) * (code === 13 ? 1 : 10);
}

/** One channel, before stereo decorrelation is undone. */
function readSubframe(input: Bits, blockSize: number, bits: number): Float64Array {
  if (input.read(1) !== 0) refuse("has a damaged frame");
  const kind = input.read(6);
  const wasted = input.read(1) === 0 ? 0 : input.unary() + 1;
  if (wasted >= bits) refuse("has a damaged frame");
  const samples = new Float64Array(blockSize);
  readSamples(input, samples, kind, bits - wasted);
  return wasted === 0 ? samples : samples.map((sample) => sample * 2 ** wasted);
}

function readSamples(input: Bits, samples: Float64Array, kind: number, bits: number): void {
  if (kind === 0) {
    samples.fill(input.readSigned(bits));
  } else if (kind === 1) {
    for (let at = 0; at < samples.length; at++) samples[at] = input.readSigned(bits);
  } else if (kind >= 8 && kind <= 12) {
    readPredicted(input, samples, { order: kind - 8, bits, predictor: () => fixed[kind - 8]! });
  } else if (kind >= 32) {
    readPredicted(input, samples, { order: kind - 31, bits, predictor: readPredictor });
  } else {
    refuse("has a damaged frame");
  }
}

interface Predictor {
  /** Coefficients of the previous samples, nearest first. */
  readonly weights: readonly number[];
  readonly shift: number;
}

const fixed: readonly Predictor[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]].map((weights) => ({
  weights,
  shift: 0,
}));

function readPredictor(input: Bits, order: number): Predictor {
  const precision = input.read(4) + 1;
  const shift = input.readSigned(5);
  if (precision === 16 || shift < 0) refuse("has a damaged frame");
  return { weights: Array.from({ length: order }, () => input.readSigned(precision)), shift };
}

interface Prediction {
  readonly order: number;
  readonly bits: number;
  predictor(input: Bits, order: number): Predictor;
}

/** The first samples verbatim, the others as residuals of a linear predictor. */
function readPredicted(input: Bits, samples: Float64Array, { order, bits, predictor }: Prediction): void {
  if (order > samples.length) refuse("has a damaged frame");
  for (let at = 0; at < order; at++) samples[at] = input.readSigned(bits);
  const { weights, shift } = predictor(input, order);
  readResidual(input, samples, order);
  const scale = 2 ** -shift;
  for (let at = order; at < samples.length; at++) {
    let sum = 0; // exact: fewer than 53 bits
    for (let back = 0; back < order; back++) sum += weights[back]! * samples[at - 1 - back]!;
    samples[at]! += Math.floor(sum * scale);
  }
}

/** Rice codes, in partitions with a parameter each. */
function readResidual(input: Bits, samples: Float64Array, order: number): void {
  const method = input.read(2);
  const partitions = 2 ** input.read(4);
  const size = samples.length / partitions;
  if (method > 1 || !Number.isInteger(size) || size < order) refuse("has a damaged frame");
  const width = 4 + method;
  for (let at = order, end = size; end <= samples.length; end += size) {
    const parameter = input.read(width);
    if (parameter === 2 ** width - 1) {
      const bits = input.read(5);
      for (; at < end; at++) samples[at] = input.readSigned(bits);
    } else for (; at < end; at++) samples[at] = readRice(input, parameter);
  }
}

function readRice(input: Bits, parameter: number): number {
  const folded = input.unary() * 2 ** parameter + input.read(parameter);
  return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
}

/** Undoes stereo decorrelation. */
function undoStereo([first, second]: readonly Float64Array[], assignment: number): void {
  if (assignment < leftSide || !first || !second) return;
  for (let at = 0; at < first.length; at++) {
    const [a, b] = [first[at]!, second[at]!];
    if (assignment === leftSide) second[at] = a - b;
    else if (assignment === sideRight) first[at] = a + b;
    else {
      const odd = Math.abs(b % 2); // lost by the mean
      first[at] = (2 * a + odd + b) / 2;
      second[at] = (2 * a + odd - b) / 2;
    }
  }
}

const table = (bits: 8 | 16, polynomial: number): Uint16Array =>
  Uint16Array.from({ length: 256 }, (_, byte) => {
    let value = byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ ((value >> (bits - 1)) & 1 ? polynomial : 0);
    return value & (2 ** bits - 1);
  });
const [table8, table16] = [table(8, 0x07), table(16, 0x8005)];

const crc8 = (bytes: Uint8Array): number => bytes.reduce((value, byte) => table8[value ^ byte]!, 0);
const crc16 = (bytes: Uint8Array): number =>
  bytes.reduce((value, byte) => table16[(value >> 8) ^ byte]! ^ ((value << 8) & 0xffff), 0);
