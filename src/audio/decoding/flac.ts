/** FLAC files (RFC 9639), decoded here: a frame at a time takes no more memory than a frame has, and each is checked. */
import { refuse } from "../broken.ts";
import { asBuffer } from "../pages.ts";
import { type FlacFormat, readFrame } from "./flac-frame.ts";
import { startsWith, tagBytes } from "./kind.ts";
import { checkFormat, type Source } from "./source.ts";

export async function openFlac(bytes: Uint8Array): Promise<Source> {
  const file = bytes.subarray(tagBytes(bytes));
  const { format, samples } = streamInfo(asBuffer(file));
  checkFormat(format.sampleRate, format.channels);
  if (format.bits < 4 || format.bits > 32) refuse(`has samples of ${format.bits} bits; I read 4 to 32`);
  const scale = 2 ** (1 - format.bits);
  return {
    sampleRate: format.sampleRate,
    ...(samples > 0 && { samples }), // zero stands for unknown
    *chunks() {
      let read = 0;
      for (let at = soundAt(file); at < file.length && (samples === 0 || read < samples); ) {
        if (samples === 0 && ["TAG", "APETAGEX"].some((tag) => startsWith(file, at, tag))) return;
        const frame = readFrame(file.subarray(at), format);
        yield frame.channels.map((channel) => Float32Array.from(channel, (sample) => sample * scale));
        read += frame.channels[0]!.length;
        at += frame.bytes;
      }
    },
  };
}

/** The block that every file begins with. */
function streamInfo(bytes: Buffer): { format: FlacFormat; samples: number } {
  if (bytes.length < 42 || (bytes[4]! & 127) !== 0) refuse("has a damaged head");
  const packed = bytes.readUInt32BE(18); // 20 bits rate, 3 channels, 5 bits of a sample, 4 the beginning of the length
  return {
    format: { sampleRate: packed >>> 12, channels: ((packed >>> 9) & 7) + 1, bits: ((packed >>> 4) & 31) + 1 },
    samples: (packed & 15) * 2 ** 32 + bytes.readUInt32BE(22),
  };
}

/** Behind the blocks of what is not sound. */
function soundAt(bytes: Uint8Array): number {
  let at = 4;
  for (;;) {
    if (at + 4 > bytes.length) return refuse("breaks off early");
    const [kind, a, b, c] = bytes.subarray(at, at + 4) as unknown as [number, number, number, number];
    at += 4 + a * 65_536 + b * 256 + c;
    if (kind >= 128) return at;
  }
}
