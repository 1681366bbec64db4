/** Parses ID3 tags: 2.2, 2.3 and 2.4 before the sound (id3.org's "ID3 tag version 2" documents), 1 and 1.1 behind it. */
import { latinText } from "../text.ts";
import { genresIn, numberedGenre } from "./genres.ts";
import { type Encoding, type Found, mostTags, mostValueBytes, type Tag, type TagName, textIn } from "./tag.ts";

export const id3HeadBytes = 10;

/** A 28-bit number with 7 bits per byte. */
const syncSafe = (bytes: Buffer, at: number): number =>
  ((bytes[at]! & 127) << 21) | ((bytes[at + 1]! & 127) << 14) | ((bytes[at + 2]! & 127) << 7) | (bytes[at + 3]! & 127);

/** Size of the tag with this header; 0 if it is none. */
export function id3Bytes(head: Buffer): number {
  if (head.length < id3HeadBytes || head.toString("latin1", 0, 3) !== "ID3") return 0;
  const footer = (head[5]! & 16) === 0 ? 0 : id3HeadBytes;
  return id3HeadBytes + syncSafe(head, 6) + footer;
}

const names: Readonly<Record<string, TagName>> = {
  TIT2: "title",
  TT2: "title",
  TPE1: "artist",
  TP1: "artist",
  TALB: "album",
  TAL: "album",
  TCON: "genre",
  TCO: "genre",
  TDRC: "year",
  TYER: "year",
  TYE: "year",
  TMOO: "mood",
  USLT: "lyrics",
  ULT: "lyrics",
};
/** User-defined text frames, by description. */
const described: Readonly<Record<string, TagName>> = { MOOD: "mood", KEYWORDS: "keywords", KEYWORD: "keywords" };

/** The values of an ID3v2 tag, header included. Compressed and encrypted frames are skipped. */
export function id3v2Tags(bytes: Buffer): Found[] {
  const [version, flags] = [bytes[3]!, bytes[5]!];
  if (version < 2 || version > 4 || (version === 2 && (flags & 64) !== 0)) return ["damaged"];
  const body = bytes.subarray(id3HeadBytes, id3HeadBytes + syncSafe(bytes, 6));
  const unsynchronised = (flags & 128) !== 0;
  const plain = unsynchronised && version < 4 ? resynchronise(body) : body;
  const frames = framesIn(plain.subarray(extended(plain, version, flags)), version, unsynchronised);
  return [...frames].flatMap((frame) => (frame === "damaged" ? [frame] : tagsOf(frame)));
}

/** Size of the extended header. */
function extended(body: Buffer, version: number, flags: number): number {
  if (version === 2 || (flags & 64) === 0 || body.length < 4) return 0;
  const size = version === 3 ? 4 + body.readUInt32BE(0) : syncSafe(body, 0);
  return size < body.length ? size : 0;
}

interface Frame {
  readonly id: string;
  readonly data: Buffer;
}

/** Frames of 2.2 have names of three letters; some programs write these, zero-padded, into 2.3. */
const frameName = /^[A-Z][A-Z0-9]{2}[A-Z0-9 \0]?$/;

/** Frame by frame; after damage continues at the next plausible frame. */
function* framesIn(body: Buffer, version: number, unsynchronised: boolean): Generator<Frame | "damaged"> {
  const headBytes = version === 2 ? 6 : 10;
  for (let at = 0, count = 0; at + headBytes <= body.length && body[at] !== 0 && count < mostTags; count++) {
    const frame = frameAt(body, at, version);
    if (!frame) {
      yield "damaged";
      at = nextFrame(body, at + 1, version);
      continue;
    }
    const start = at + headBytes;
    at = start + frame.size;
    const flags = version === 2 ? 0 : body[start - 1]! | (unsynchronised && version === 4 ? 2 : 0);
    const data =
      version === 4 ? unwrapped4(body.subarray(start, at), flags) : unwrapped3(body.subarray(start, at), flags);
    if (data) yield { id: frame.id, data };
  }
}

/** The frame whose header is at `at`, if it fits. */
function frameAt(body: Buffer, at: number, version: number): { id: string; size: number } | undefined {
  const [idBytes, headBytes] = version === 2 ? [3, 6] : [4, 10];
  if (at + headBytes > body.length) return undefined;
  const id = body.toString("latin1", at, at + idBytes);
  if (!frameName.test(id)) return undefined;
  const fitting = sizesOf(body, at + idBytes, version).filter((size) => at + headBytes + size <= body.length);
  const size = fitting.find((one) => continues(body, at + headBytes + one, idBytes)) ?? fitting[0];
  return size === undefined ? undefined : { id: id.replace(/[ \0]$/, ""), size };
}

/** Candidate sizes: some programs mix up plain and 7-bit sizes. */
function sizesOf(body: Buffer, at: number, version: number): number[] {
  if (version === 2) return [body.readUIntBE(at, 3)];
  const [plain, safe] = [body.readUInt32BE(at), syncSafe(body, at)];
  const isSafe = body.subarray(at, at + 4).every((byte) => byte < 128);
  if (!isSafe) return [plain];
  return version === 4 ? [safe, plain] : [plain, safe];
}

/** Whether a frame may end here: at the end, before padding, or before another frame. */
const continues = (body: Buffer, at: number, idBytes: number): boolean =>
  at === body.length ||
  isPadding(body.subarray(at, at + maxPadding)) ||
  frameName.test(body.toString("latin1", at, at + idBytes));

const maxPadding = 1 << 16;
const isPadding = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

function nextFrame(body: Buffer, from: number, version: number): number {
  for (let at = from; at < body.length; at++) {
    const frame = frameAt(body, at, version);
    if (frame && (Object.hasOwn(names, frame.id) || /^T...?$|^COMM?$|^APIC$/.test(frame.id))) return at;
  }
  return body.length;
}

function unwrapped3(data: Buffer, flags: number): Buffer | undefined {
  if ((flags & 0xc0) !== 0) return undefined; // compressed, encrypted
  return (flags & 0x20) === 0 ? data : data.subarray(1);
}

function unwrapped4(data: Buffer, flags: number): Buffer | undefined {
  if ((flags & 0x0c) !== 0) return undefined;
  const skipped = ((flags & 0x40) === 0 ? 0 : 1) + ((flags & 0x01) === 0 ? 0 : 4);
  const rest = data.subarray(skipped);
  return (flags & 0x02) === 0 ? rest : resynchronise(rest);
}

/** Undoes unsynchronisation: removes the zero after every ff. */
function resynchronise(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0 || bytes[at - 1] !== 0xff) out[size++] = bytes[at]!;
  return out.subarray(0, size);
}

function tagsOf({ id, data }: Frame): Found[] {
  if (data.length === 0 || (data.length > mostValueBytes && Object.hasOwn(names, id))) return ["damaged"];
  if (data.length > mostValueBytes) return [];
  if (id === "TXXX" || id === "TXX") {
    const [description = "", ...values] = textsIn(data, 1);
    const name = Object.hasOwn(described, description.toUpperCase()) && described[description.toUpperCase()];
    return name ? values.map((value) => [name, value]) : [];
  }
  const name = Object.hasOwn(names, id) ? names[id] : undefined;
  if (!name) return [];
  if (name === "lyrics") return [["lyrics", textsIn(data, 4).slice(1).join("\n")]]; // language, then a description
  const texts = textsIn(data, 1);
  return (name === "genre" ? texts.flatMap(genresIn) : texts).map((value) => [name, value]);
}

const encodings: readonly Encoding[] = ["latin1", "utf-16le", "utf-16be", "utf-8"];
const firstLetter = 0x20;

/** Zero-separated texts, in the encoding of the frame's first byte if that is valid. */
function textsIn(data: Buffer, from: number): string[] {
  const kind = encodings[data[0]!] ?? "utf-8";
  const texts = data.subarray(from === 1 && data[0]! >= firstLetter ? 0 : from); // some programs omit the encoding
  if (!kind.startsWith("utf-16")) return textIn(texts, kind).split("\0");
  const whole = texts.subarray(0, texts.length - (texts.length % 2));
  const big = kind === "utf-16be" || whole.indexOf(Buffer.of(0xfe, 0xff)) === 0;
  return textIn(whole, big ? "utf-16be" : "utf-16le")
    .split("\0")
    .map((text) => text.replace(/^\ufeff/, ""));
}

export const id3v1Bytes = 128;
/** "Other": the default of many programs. */
const otherGenre = 12;

/** Parses the last 128 bytes of a file, if they are a tag. */
export function id3v1Tags(bytes: Buffer): Tag[] {
  if (bytes.length !== id3v1Bytes || bytes.toString("latin1", 0, 3) !== "TAG") return [];
  const field = (from: number, size: number): string =>
    latinText(bytes.subarray(from, from + size))
      .replace(/\0.*$/s, "")
      .trimEnd();
  const genre = bytes[127] === otherGenre ? undefined : numberedGenre(bytes[127]!);
  return [
    ["title", field(3, 30)],
    ["artist", field(33, 30)],
    ["album", field(63, 30)],
    ["year", field(93, 4)],
    ...(genre === undefined ? [] : [["genre", genre] as const]),
  ];
}
