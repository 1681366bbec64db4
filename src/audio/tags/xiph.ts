/** Vorbis comments as tags: of FLAC's block, and of the second packet of Ogg Vorbis and Ogg Opus. */
import { refuse } from "../broken.ts";
import { commentsIn } from "../comments.ts";
import { asBuffer, packetsOf } from "../pages.ts";
import type { Span } from "./span.ts";
import { mostTagBytes, mostValueBytes, type Tag, type TagName, textIn } from "./tag.ts";

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

function tagsIn(bytes: Buffer, from: number): Tag[] {
  const tags: Tag[] = [];
  for (const { name, value } of commentsIn(bytes, from)) {
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    if (known && value.length <= mostValueBytes) tags.push([known, textIn(value, "utf-8")]);
  }
  return tags;
}

const mostHeadBytes = 1 << 16;

/** Pages are read up to the end of the second packet. */
export function oggTags(file: Span): Tag[] {
  const bytes = file.read(0, Math.min(file.size, mostTagBytes));
  let index = 0;
  for (const { packet } of packetsOf(bytes, (count) => (count === 1 ? mostTagBytes : mostHeadBytes))) {
    if (index++ !== 1) continue;
    const body = asBuffer(packet);
    const magic = ["\x03vorbis", "OpusTags"].find((start) => body.toString("latin1", 0, start.length) === start);
    return magic === undefined ? refuse("has no tags where they belong") : tagsIn(body, magic.length);
  }
  return refuse("breaks off before its tags");
}

const mostBlocks = 256;
const commentBlock = 4;

/** The blocks in front of the sound are walked by their heads. */
export function flacTags(file: Span, start: number): Tag[] {
  for (let at = start + 4, block = 0; block < mostBlocks; block++) {
    const head = file.read(at, 4);
    if (head.length < 4) refuse("breaks off early");
    const size = head.readUIntBE(1, 3);
    if ((head[0]! & 127) === commentBlock) return tagsIn(file.read(at + 4, size), 0);
    if (head[0]! >= 128) return [];
    at += 4 + size;
  }
  return refuse("has too many blocks before its sound");
}
