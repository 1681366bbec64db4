/** Tags of WAV files (the INFO list of Microsoft's "Multimedia Programming Interface", 1991, and ID3 chunks) and of AIFF files. */

import type { ByteSource } from "../byte-source.ts";
import { aiffChunks } from "../pcm/apple.ts";
import { riffChunks } from "../pcm/riff.ts";
import { id3Bytes, id3v2Tags } from "./id3.ts";
import { type Found, mostTagBytes, mostTags, mostValueBytes, type TagName, textIn } from "./tag.ts";

const names: Readonly<Record<string, TagName>> = {
  INAM: "title",
  IART: "artist",
  IPRD: "album",
  IGNR: "genre",
  ICRD: "year",
  IKEY: "keywords",
};

export const wavTags = (file: ByteSource): Found[] =>
  [...riffChunks(file)].flatMap((chunk) => {
    if (chunk.id === "LIST") return infoTags(bodyOf(file, chunk));
    return chunk.id.toLowerCase() === "id3 " ? id3ChunkTags(bodyOf(file, chunk)) : [];
  });

const aiffNames: Readonly<Record<string, TagName>> = { NAME: "title", AUTH: "artist" };

/** The text chunks and the ID3 chunk of an AIFF file. */
export const aiffTags = (file: ByteSource): Found[] =>
  [...aiffChunks(file)].flatMap((chunk): Found[] => {
    if (chunk.id === "ID3 ") return id3ChunkTags(bodyOf(file, chunk));
    const name = aiffNames[chunk.id];
    return name && chunk.size <= mostValueBytes ? [[name, textOf(bodyOf(file, chunk))]] : [];
  });

const bodyOf = (file: ByteSource, { at, size }: { readonly at: number; readonly size: number }): Buffer =>
  file.read(at, Math.min(size, mostTagBytes));

const id3ChunkTags = (bytes: Buffer): Found[] => (id3Bytes(bytes) === 0 ? ["damaged"] : id3v2Tags(bytes));

function infoTags(list: Buffer): Found[] {
  if (list.toString("latin1", 0, 4) !== "INFO") return [];
  const tags: Found[] = [];
  for (let at = 4, count = 0; at + 8 <= list.length && count < mostTags; count++) {
    const [name, size] = [list.toString("latin1", at, at + 4), list.readUInt32LE(at + 4)];
    if (size > list.length - at - 8) return [...tags, "damaged"];
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    if (known && size <= mostValueBytes) tags.push([known, textOf(list.subarray(at + 8, at + 8 + size))]);
    at += 8 + size + (size % 2 === 1 && list[at + 8 + size] === 0 ? 1 : 0); // some programs omit the padding
  }
  return tags;
}

/** Zero-terminated text of unknown encoding. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return textIn(end < 0 ? bytes : bytes.subarray(0, end), "utf-8");
}
