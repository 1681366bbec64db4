/** What a file is, by what is in it: names lie. */
import { firstFrame } from "./mpeg.ts";

export type Kind = "wav" | "flac" | "mp3" | "vorbis" | "opus";

/** The formats as people call them. */
export const formats = "WAV, FLAC, MP3, Ogg Vorbis and Ogg Opus";

const oggHead = 27;

/** Undefined for a file of no format that is read here. */
export function kindOf(bytes: Uint8Array): Kind | undefined {
  if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WAVE")) return "wav";
  if (startsWith(bytes, tagBytes(bytes), "fLaC")) return "flac";
  if (startsWith(bytes, 0, "OggS")) {
    const packet = oggHead + (bytes[oggHead - 1] ?? 0);
    if (startsWith(bytes, packet, "OpusHead")) return "opus";
    return startsWith(bytes, packet, "\x01vorbis") ? "vorbis" : undefined;
  }
  return firstFrame(bytes, tagBytes(bytes)) === undefined ? undefined : "mp3";
}

export const startsWith = (bytes: Uint8Array, at: number, text: string): boolean =>
  Buffer.from(text, "latin1").equals(bytes.subarray(at, at + text.length));

/** Bytes of the ID3v2 tags in front. */
export function tagBytes(bytes: Uint8Array): number {
  let at = 0;
  while (startsWith(bytes, at, "ID3") && at + 10 <= bytes.length) {
    const [a, b, c, d] = bytes.subarray(at + 6, at + 10);
    const size = ((a! & 127) << 21) | ((b! & 127) << 14) | ((c! & 127) << 7) | (d! & 127);
    at += 10 + size + ((bytes[at + 5]! & 16) === 0 ? 0 : 10); // a footer is as long as the head
  }
  return at;
}
