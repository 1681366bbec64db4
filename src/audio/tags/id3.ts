/** ID3 tags: 2.2, 2.3 and 2.4 in front of the sound (id3.org's "ID3 tag version 2" documents), 1 and 1.1 behind it. */
import { refuse } from "../broken.ts";
import { genresIn, numberedGenre } from "./genres.ts";
import { type Encoding, mostTagBytes, mostTags, mostValueBytes, type Tag, type TagName, textIn } from "./tag.ts";

export const id3HeadBytes = 10;

/** Of 28 bits, seven in each byte. */
const syncSafe = (bytes: Buffer, at: number): number =>
  ((bytes[at]! & 127) << 21) | ((bytes[at + 1]! & 127) << 14) | ((bytes[at + 2]! & 127) << 7) | (bytes[at + 3]! & 127);

/** Bytes of the whole tag that begins with this head; 0 if none does. */
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
/** What people keep in texts of their own, by description. */
const described: Readonly<Record<string, TagName>> = { MOOD: "mood", KEYWORDS: "keywords", KEYWORD: "keywords" };

/** The tags of a whole ID3v2 tag, head included. Frames that are packed or locked are passed over. */
export function id3v2Tags(bytes: Buffer): Tag[] {
  const [version, flags] = [bytes[3]!, bytes[5]!];
  if (bytes.length > mostTagBytes) refuse("has tags without end");
  if (version < 2 || version > 4) refuse(`has tags of an ID3 version that I don't know, 2.${version}`);
  if (version === 2 && (flags & 64) !== 0) refuse("has packed tags");
  if (bytes.length < id3Bytes(bytes)) refuse("breaks off in its tags");
  const end = id3HeadBytes + syncSafe(bytes, 6);
  const body = bytes.subarray(id3HeadBytes, end);
  const plain = (flags & 128) !== 0 && version < 4 ? synchronised(body) : body;
  return [...framesIn(plain.subarray(extended(plain, version, flags)), version)].flatMap(tagsOf);
}

/** Bytes of the head's own extension. */
function extended(body: Buffer, version: number, flags: number): number {
  if (version === 2 || (flags & 64) === 0) return 0;
  if (body.length < 4) return refuse("has damaged tags");
  return version === 3 ? 4 + body.readUInt32BE(0) : syncSafe(body, 0);
}

interface Frame {
  readonly id: string;
  readonly data: Buffer;
}

function* framesIn(body: Buffer, version: number): Generator<Frame> {
  const [idBytes, headBytes] = version === 2 ? [3, 6] : [4, 10];
  for (let at = 0, count = 0; at + headBytes <= body.length && body[at] !== 0; count++) {
    const id = body.toString("latin1", at, at + idBytes);
    const size = frameSize(body, at + idBytes, version);
    const start = at + headBytes;
    if (!/^[A-Z0-9]+ ?$/.test(id) || size > body.length - start || count >= mostTags) refuse("has damaged tags");
    at = start + size;
    const flags = version === 2 ? 0 : body[start - 1]!;
    const data =
      version === 4 ? unwrapped4(body.subarray(start, at), flags) : unwrapped3(body.subarray(start, at), flags);
    if (data) yield { id, data };
  }
}

/** Some programs wrote plain sizes where 2.4 wants seven bits a byte: a high bit gives them away. */
function frameSize(body: Buffer, at: number, version: number): number {
  if (version === 2) return body.readUIntBE(at, 3);
  const plain = version === 3 || body.subarray(at, at + 4).some((byte) => byte > 127);
  return plain ? body.readUInt32BE(at) : syncSafe(body, at);
}

function unwrapped3(data: Buffer, flags: number): Buffer | undefined {
  if ((flags & 0xc0) !== 0) return undefined; // packed, locked
  return (flags & 0x20) === 0 ? data : data.subarray(1);
}

function unwrapped4(data: Buffer, flags: number): Buffer | undefined {
  if ((flags & 0x0c) !== 0) return undefined;
  const skipped = ((flags & 0x40) === 0 ? 0 : 1) + ((flags & 0x01) === 0 ? 0 : 4);
  const rest = data.subarray(skipped);
  return (flags & 0x02) === 0 ? rest : synchronised(rest);
}

/** Takes out the zero that was put behind every ff, so that no tag looks like sound. */
function synchronised(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0 || bytes[at - 1] !== 0xff) out[size++] = bytes[at]!;
  return out.subarray(0, size);
}

function tagsOf({ id, data }: Frame): Tag[] {
  if (data.length === 0 || data.length > mostValueBytes) return [];
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

/** The texts from here on, as the frame's first byte says; a zero lies between two. */
function textsIn(data: Buffer, from: number): string[] {
  const kind = encodings[data[0]!] ?? refuse("has damaged tags");
  const texts = data.subarray(from);
  if (!kind.startsWith("utf-16")) return textIn(texts, kind).split("\0");
  const whole = texts.subarray(0, texts.length - (texts.length % 2));
  const big = kind === "utf-16be" || whole.indexOf(Buffer.of(0xfe, 0xff)) === 0;
  return textIn(whole, big ? "utf-16be" : "utf-16le")
    .split("\0")
    .map((text) => text.replace(/^\ufeff/, ""));
}

export const id3v1Bytes = 128;
/** What programs write that were told no genre. */
const other = 12;

/** The last 128 bytes of a file, if they are a tag. */
export function id3v1Tags(bytes: Buffer): Tag[] {
  if (bytes.length !== id3v1Bytes || bytes.toString("latin1", 0, 3) !== "TAG") return [];
  const field = (from: number, size: number): string =>
    bytes
      .toString("latin1", from, from + size)
      .replace(/\0.*$/s, "")
      .trimEnd();
  const genre = bytes[127] === other ? undefined : numberedGenre(bytes[127]!);
  return [
    ["title", field(3, 30)],
    ["artist", field(33, 30)],
    ["album", field(63, 30)],
    ["year", field(93, 4)],
    ...(genre === undefined ? [] : [["genre", genre] as const]),
  ];
}
