/** Sample encodings: integers, floats, A-law, µ-law, and two kinds of ADPCM. */
import { imaBlock, microsoftBlock } from "./adpcm.ts";

/** Blocks of equal size, so that any span can be decoded on its own. */
export interface Encoding {
  /** All channels. */
  readonly blockBytes: number;
  /** Per channel. */
  readonly blockSamples: number;
  /** Decodes whole blocks, channel by channel. */
  decode(bytes: Buffer): Float32Array[];
}

type ReadSample = (bytes: Buffer, at: number) => number;

/** One block is one sample of each channel. */
function plain(sampleBytes: number, channels: number, read: ReadSample): Encoding {
  const blockBytes = sampleBytes * channels;
  return {
    blockBytes,
    blockSamples: 1,
    decode: (bytes) =>
      Array.from({ length: channels }, (_, channel) => {
        const out = new Float32Array(bytes.length / blockBytes);
        for (let at = 0; at < out.length; at++) out[at] = read(bytes, at * blockBytes + channel * sampleBytes);
        return out;
      }),
  };
}

interface Order {
  readonly channels: number;
  readonly bigEndian?: boolean;
}

/** Integers of 1 to 4 bytes; `unsigned`: with an offset of half the range. */
export function integers(bytes: number, { channels, bigEndian = false }: Order, unsigned = false): Encoding {
  const half = 2 ** (bytes * 8 - 1);
  if (unsigned) return plain(bytes, channels, (from, at) => (from[at]! - half) / half);
  return plain(
    bytes,
    channels,
    bigEndian ? (from, at) => from.readIntBE(at, bytes) / half : (from, at) => from.readIntLE(at, bytes) / half,
  );
}

/** Floats of 4 or 8 bytes. */
export function floats(bytes: 4 | 8, { channels, bigEndian = false }: Order): Encoding {
  if (bytes === 4)
    return plain(4, channels, bigEndian ? (from, at) => from.readFloatBE(at) : (from, at) => from.readFloatLE(at));
  return plain(8, channels, bigEndian ? (from, at) => from.readDoubleBE(at) : (from, at) => from.readDoubleLE(at));
}

/** ITU-T G.711, by table. */
const companded = (table: Float32Array, channels: number): Encoding =>
  plain(1, channels, (from, at) => table[from[at]!]!);

const muLawTable = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const size = (((bits & 15) << 3) + 132) << ((bits >> 4) & 7);
  return ((bits & 128) !== 0 ? 132 - size : size - 132) / 2 ** 15;
});
const aLawTable = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const step = ((bits & 15) << 4) + 8;
  const size = exponent === 0 ? step : (step + 256) << (exponent - 1);
  return ((bits & 128) !== 0 ? size : -size) / 2 ** 15;
});
export const muLaw = (channels: number): Encoding => companded(muLawTable, channels);
export const aLaw = (channels: number): Encoding => companded(aLawTable, channels);

interface Blocks {
  readonly channels: number;
  readonly blockBytes: number;
}

/** 4 bits per sample, in independent blocks; undefined for an impossible block size. */
export const imaAdpcm = (blocks: Blocks): Encoding | undefined => adpcm(blocks, 4, 1, imaBlock);
export const microsoftAdpcm = (blocks: Blocks): Encoding | undefined => adpcm(blocks, 7, 2, microsoftBlock);

function adpcm(
  { channels, blockBytes }: Blocks,
  headBytes: number,
  headSamples: number,
  decodeBlock: (block: Buffer, out: readonly Float32Array[], at: number) => void,
): Encoding | undefined {
  const left = blockBytes - headBytes * channels;
  if (left <= 0 || channels > 2 || (headBytes === 4 && left % (4 * channels) !== 0)) return undefined;
  const blockSamples = headSamples + Math.floor((left * 2) / channels);
  return {
    blockBytes,
    blockSamples,
    decode(bytes) {
      const blocks = Math.floor(bytes.length / blockBytes);
      const out = Array.from({ length: channels }, () => new Float32Array(blocks * blockSamples));
      for (let block = 0; block < blocks; block++)
        decodeBlock(bytes.subarray(block * blockBytes, (block + 1) * blockBytes), out, block * blockSamples);
      return out;
    },
  };
}
