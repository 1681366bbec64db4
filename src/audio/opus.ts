/** The only file that imports the Opus library: frames of 20 ms to packets and back. */
import { OpusEncoder } from "mediaplex";
import { refuse } from "./broken.ts";
import { frameRate, frameSamples } from "./frames.ts";
import { asBuffer } from "./pages.ts";

/** Delay of the codec in samples at 48 kHz; Ogg files have players skip it. */
export const encoderDelay = 312;

export interface Encoder {
  /** One frame of 20 ms, interleaved s16le, to one packet; frames must come in order. */
  encode(frame: Uint8Array): Uint8Array;
}

/** An encoder for one stream; `bitrate` in bits per second. */
export function createEncoder({
  channels = 2,
  bitrate = 128_000,
}: {
  channels?: 1 | 2;
  bitrate?: number;
} = {}): Encoder {
  if (!(bitrate >= 6000 && bitrate <= 510_000))
    throw new Error(`Opus takes 6000 to 510000 bits per second, not ${bitrate}`);
  const opus = new OpusEncoder(frameRate, channels);
  opus.setBitrate(Math.round(bitrate));
  const bytes = frameSamples * channels * 2;
  return {
    encode(frame) {
      // the library accepts frames of any size
      if (frame.length !== bytes) throw new Error(`a frame has ${bytes} bytes, not ${frame.length}`);
      return opus.encode(asBuffer(frame));
    },
  };
}

export interface Decoder {
  /** One packet, mono or stereo, to interleaved stereo samples. */
  decode(packet: Uint8Array): Int16Array;
}

/** A decoder for one stream; a damaged packet is refused. */
export function createDecoder(): Decoder {
  const opus = new OpusEncoder(frameRate, 2); // a mono decoder returns two channels as well
  return {
    decode(packet) {
      const samples = packetSamples(packet);
      const bytes = samples > 0 ? decoded(opus, packet) : undefined;
      // for some damaged packets the library returns made-up sound instead of failing
      if (bytes?.length !== samples * 4) return refuse("contains a damaged Opus packet");
      return new Int16Array(new Uint8Array(bytes).buffer);
    },
  };
}

function decoded(opus: OpusEncoder, packet: Uint8Array): Uint8Array | undefined {
  try {
    return opus.decode(asBuffer(packet));
  } catch {
    return undefined; // the library only throws for damaged packets
  }
}

const maxPacketSamples = 5760; // 120 ms

/** Duration of a packet in samples at 48 kHz (RFC 6716, section 3.1); 0 if it is not a packet. */
export function packetSamples(packet: Uint8Array): number {
  const [head, frames] = packet;
  if (head === undefined) return 0;
  const count = [1, 2, 2, (frames ?? 0) & 63][head & 3]!;
  const samples = count * (frameSizes[head >> 3] ?? 0);
  return samples <= maxPacketSamples ? samples : 0;
}

/** Samples per frame of the 32 configurations: SILK 3 × 4, hybrid 2 × 2, CELT 4 × 4. */
const frameSizes: readonly number[] = [
  ...Array.from({ length: 3 }, () => [480, 960, 1920, 2880]),
  ...Array.from({ length: 2 }, () => [480, 960]),
  ...Array.from({ length: 4 }, () => [120, 240, 480, 960]),
].flat();
