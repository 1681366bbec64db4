/** Detects a file's format from its content; file names are not trusted. */
import { pcmReader } from "../pcm/open.ts";
import { startsWith, tagBytes } from "./id3.ts";
import { firstFrame } from "./mpeg.ts";

export type Kind = "wav" | "flac" | "mp3" | "ogg" | "webm";

/** Supported formats, for messages. */
export const formats = "WAV, AIFF, FLAC, MP3, Ogg Vorbis, Ogg Opus and WebM with Opus";

/** Undefined for unsupported formats. */
export function kindOf(bytes: Uint8Array): Kind | undefined {
  if (pcmReader(bytes)) return "wav";
  const start = tagBytes(bytes);
  if (startsWith(bytes, start, "fLaC")) return "flac";
  if (startsWith(bytes, start, "OggS")) return "ogg";
  if (startsWith(bytes, 0, "\x1a\x45\xdf\xa3")) return "webm";
  if (foreignKind(bytes) !== undefined) return undefined;
  return firstFrame(bytes, start) === undefined && (start === 0 || firstFrame(bytes, 0, bytes.length) === undefined)
    ? undefined
    : "mp3";
}

interface Foreign {
  /** Bytes at the beginning, or at offset `at`. */
  readonly magic: readonly string[];
  readonly at?: number;
  /** Completes a sentence that begins with the file's name. */
  readonly what: string;
}

/** Formats that other programs can convert. */
const foreign: readonly Foreign[] = [
  { at: 4, magic: ["ftyp", "moov", "mdat"], what: "is an MPEG-4 file (m4a, mp4, mov)" },
  { magic: ["ADIF", "\xff\xf0", "\xff\xf1", "\xff\xf8", "\xff\xf9"], what: "is an AAC file" },
  { magic: ["\xff\xfc", "\xff\xfd", "\xff\xf4", "\xff\xf5"], what: "is an MP2 file" },
  { magic: ["\x30\x26\xb2\x75"], what: "is a Windows Media file (wma)" },
  { magic: ["#!AMR"], what: "is an AMR file, as telephones record them" },
  { magic: ["#!SILK", "\x02#!SILK"], what: "is a SILK file, as messengers record them" },
  { magic: ["\x0b\x77"], what: "is an AC-3 file" },
  { magic: ["MAC "], what: "is a Monkey's Audio file (ape)" },
  { magic: ["wvpk"], what: "is a WavPack file" },
  { magic: ["MP+", "MPCK"], what: "is a Musepack file" },
  { magic: ["DSD ", "FRM8"], what: "is a DSD file" },
  { magic: ["TTA1", "TTA2"], what: "is a True Audio file" },
  { magic: ["ajkg"], what: "is a Shorten file" },
  { magic: [".RMF", ".ra\xfd"], what: "is a RealAudio file" },
  { magic: ["FLV"], what: "is a Flash video" },
  { at: 8, magic: ["AVI "], what: "is an AVI video" },
  { magic: ["\0\0\x01\xba", "\0\0\x01\xb3"], what: "is an MPEG video" },
];
/** Files without sound. */
const soundless: readonly Foreign[] = [
  { magic: ["MThd"], what: "is a MIDI file: it contains notes, not sound" },
  {
    magic: ["PK\x03\x04", "Rar!", "7z\xbc\xaf", "\x1f\x8b", "\xfd7zXZ", "BZh"],
    what: "is an archive. Unpack it first",
  },
  { magic: ["<!doc", "<!DOC", "<html", "<?xml"], what: "is a web page, not a sound file" },
  { magic: ["\x89PNG", "\xff\xd8\xff", "GIF8"], what: "is a picture, not a sound file" },
  { magic: ["%PDF"], what: "is a document, not a sound file" },
];

/** What an unsupported file is, if known; completes a sentence that begins with the file's name. */
export function foreignKind(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "is empty";
  const begin = tagBytes(bytes);
  const known = (list: readonly Foreign[]): string | undefined =>
    list.find(({ magic, at = 0 }) => magic.some((text) => startsWith(bytes, begin + at, text)))?.what;
  const what = known(foreign);
  if (what === undefined) return known(soundless);
  return `${what}, which I can't decode. Convert it, for example with "ffmpeg -i song.m4a song.flac"`;
}
