/** The only door to the Opus library: 20 ms frames to packets and back. */
import { OpusEncoder } from "mediaplex";
import { refuse } from "./broken.ts";
import { frameRate, frameSamples } from "./frames.ts";

/** Samples at 48 kHz by which decoded sound comes late: an Ogg file tells players to skip them. */
export const encoderDelay = 312;

export interface Encoder {
  /** One frame of 20 ms, s16le, all channels interleaved, to one packet; frames must come in order. */
  encode(frame: Uint8Array): Uint8Array;
}

/** An encoder for one stream, at so many bits a second. */
export function createEncoder({
  channels = 2,
  bitrate = 128_000,
}: {
  channels?: 1 | 2;
  bitrate?: number;
} = {}): Encoder {
  if (!(bitrate >= 6000 && bitrate <= 510_000))
    throw new Error(`Opus takes 6000 to 510000 bits a second, not ${bitrate}`);
  const opus = new OpusEncoder(frameRate, channels);
  opus.setBitrate(Math.round(bitrate));
  const bytes = frameSamples * channels * 2;
  return {
    encode(frame) {
      // The library takes frames of any size without a word.
      if (frame.length !== bytes) throw new Error(`a frame has ${bytes} bytes, not ${frame.length}`);
      return opus.encode(asBuffer(frame));
    },
  };
}

export interface Decoder {
  /** One packet, mono or stereo, to stereo samples, left and right in turn. */
  decode(packet: Uint8Array): Int16Array;
}

/** A decoder for one stream; a damaged packet is refused. */
export function createDecoder(): Decoder {
  const opus = new OpusEncoder(frameRate, 2); // a mono one answers with bytes for two channels, too
  return {
    decode(packet) {
      const samples = packetSamples(packet);
      const bytes = samples > 0 ? decoded(opus, packet) : undefined;
      // For some damaged packets the library makes sound up instead of failing.
      if (bytes?.length !== samples * 4) return refuse("holds a damaged Opus packet");
      return new Int16Array(new Uint8Array(bytes).buffer);
    },
  };
}

function decoded(opus: OpusEncoder, packet: Uint8Array): Uint8Array | undefined {
  try {
    return opus.decode(asBuffer(packet));
  } catch {
    return undefined; // the library's one reason to throw is a damaged packet
  }
}

const mostPacketSamples = 5760; // 120 ms

/** Samples at 48 kHz that a packet says it holds (RFC 6716, section 3.1); 0 if it is no packet. */
export function packetSamples(packet: Uint8Array): number {
  const [head, frames] = packet;
  if (head === undefined) return 0;
  const count = [1, 2, 2, (frames ?? 0) & 63][head & 3]!;
  const samples = count * (frameSizes[head >> 3] ?? 0);
  return samples <= mostPacketSamples ? samples : 0;
}

/** Samples a frame, by the 32 configurations: SILK four times three, hybrid two times two, CELT four times four. */
const frameSizes: readonly number[] = [
  ...Array.from({ length: 3 }, () => [480, 960, 1920, 2880]),
  ...Array.from({ length: 2 }, () => [480, 960]),
  ...Array.from({ length: 4 }, () => [120, 240, 480, 960]),
].flat();

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
