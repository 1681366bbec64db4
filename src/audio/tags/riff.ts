/** The tags of a WAV file: its INFO list (Microsoft's "Multimedia Programming Interface", 1991), and an ID3 tag in a part of its own. */
import { refuse } from "../broken.ts";
import { id3Bytes, id3v2Tags } from "./id3.ts";
import type { Span } from "./span.ts";
import { mostTagBytes, mostTags, mostValueBytes, type Tag, type TagName, textIn } from "./tag.ts";

const names: Readonly<Record<string, TagName>> = {
  INAM: "title",
  IART: "artist",
  IPRD: "album",
  IGNR: "genre",
  ICRD: "year",
  IKEY: "keywords",
};

const mostParts = 256;

/** Walks the parts by their sizes, also behind the sound. */
export function wavTags(file: Span): Tag[] {
  const tags: Tag[] = [];
  for (let at = 12, part = 0; at + 8 <= file.size && part < mostParts; part++) {
    const head = file.read(at, 8);
    const [name, size] = [head.toString("latin1", 0, 4), head.readUInt32LE(4)];
    const wanted = name === "LIST" || name.toLowerCase() === "id3 ";
    if (wanted && (size > file.size - at - 8 || size > mostTagBytes)) refuse("has damaged tags");
    if (name === "LIST") tags.push(...infoTags(file.read(at + 8, size)));
    else if (wanted) tags.push(...id3Part(file.read(at + 8, size)));
    at += 8 + size + (size % 2);
  }
  return tags;
}

const id3Part = (bytes: Buffer): Tag[] => (id3Bytes(bytes) === 0 ? refuse("has damaged tags") : id3v2Tags(bytes));

function infoTags(list: Buffer): Tag[] {
  if (list.toString("latin1", 0, 4) !== "INFO") return [];
  const tags: Tag[] = [];
  for (let at = 4, count = 0; at + 8 <= list.length; count++) {
    const [name, size] = [list.toString("latin1", at, at + 4), list.readUInt32LE(at + 4)];
    if (size > list.length - at - 8 || count >= mostTags) refuse("has damaged tags");
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    if (known && size <= mostValueBytes) tags.push([known, read(list.subarray(at + 8, at + 8 + size))]);
    at += 8 + size + (size % 2);
  }
  return tags;
}

/** Nothing says in which encoding: what is UTF-8 is hardly ever anything else. */
function read(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  const utf8 = text.toString("utf8");
  return Buffer.from(utf8).equals(text) ? utf8 : textIn(text, "latin1");
}
