/** Vorbis comments as tags: of FLAC's block, and of the second packet of Ogg Vorbis and Ogg Opus. */
import { BrokenSound } from "../broken.ts";
import type { ByteSource } from "../byte-source.ts";
import { commentsIn } from "../comments.ts";
import { Packets } from "../decoding/packets.ts";
import { asBuffer, type Page, tryPage } from "../pages.ts";
import { type Found, mostTagBytes, mostValueBytes, type TagName, textIn } from "./tag.ts";

const names: Readonly<Record<string, TagName>> = {
  TITLE: "title",
  ARTIST: "artist",
  ALBUM: "album",
  GENRE: "genre",
  DATE: "year",
  YEAR: "year",
  MOOD: "mood",
  KEYWORDS: "keywords",
  KEYWORD: "keywords",
  LYRICS: "lyrics",
  UNSYNCEDLYRICS: "lyrics",
};

/** All comments up to the first damage. */
function tagsIn(bytes: Buffer, from: number): Found[] {
  const tags: Found[] = [];
  try {
    for (const { name, value } of commentsIn(bytes, from)) {
      const known = Object.hasOwn(names, name) ? names[name] : undefined;
      if (known && value.length <= mostValueBytes) tags.push([known, textIn(value, "utf-8")]);
    }
    return tags;
  } catch (error) {
    if (error instanceof BrokenSound) return [...tags, "damaged"];
    throw error;
  }
}

/** How the second packet of a stream begins; the header of a FLAC block has four bytes. */
const magics = ["\x03vorbis", "OpusTags", "\x04"] as const;
const blockHeadBytes = 4;

/** Reads the second packet of the first audio stream. */
export function oggTags(file: ByteSource, start: number): Found[] {
  const bytes = file.read(start, Math.min(file.size - start, mostTagBytes));
  const packets = new Packets();
  let serial: number | undefined;
  for (let at = 0; at < bytes.length; ) {
    const page = tryPage(bytes.subarray(at));
    if (!page) return ["damaged"];
    at += page.bytes.length;
    if (page.first && isSound(page)) serial ??= page.serial;
    if (page.first || page.serial !== serial) continue;
    const [packet] = packets.take(page, false);
    if (!packet) continue;
    const body = asBuffer(packet);
    const magic = magics.find((one) => body.toString("latin1", 0, one.length) === one);
    return magic === undefined ? [] : tagsIn(body, magic === "\x04" ? blockHeadBytes : magic.length);
  }
  return [];
}

const isSound = ({ body }: Page): boolean =>
  ["OpusHead", "\x01vorbis", "\x7fFLAC"].some((magic) => asBuffer(body).toString("latin1", 0, magic.length) === magic);

const maxBlocks = 256;
const commentBlock = 4;

/** Finds the comment among the metadata blocks. */
export function flacTags(file: ByteSource, start: number): Found[] {
  for (let at = start + 4, block = 0; block < maxBlocks; block++) {
    const head = file.read(at, 4);
    if (head.length < 4) break;
    const size = head.readUIntBE(1, 3);
    if ((head[0]! & 127) === commentBlock) return tagsIn(file.read(at + 4, size), 0);
    if (head[0]! >= 128) return [];
    at += 4 + size;
  }
  return ["damaged"];
}
