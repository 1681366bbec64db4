/** A strict reader of Ogg Opus files with one stream, for the files that the product writes. */
import { refuse } from "../../src/audio/broken.ts";
import { commentsIn } from "../../src/audio/comments.ts";
import { type OpusStart, readOpusHead } from "../../src/audio/ogg.ts";
import { packetSamples } from "../../src/audio/opus.ts";
import { asBuffer, type Page, readPage } from "../../src/audio/pages.ts";

export interface OggSound extends OpusStart {
  /** Exact length, in samples at 48 kHz. */
  readonly samples: number;
  /** By name in upper case; the first of equal names counts. */
  readonly tags: ReadonlyMap<string, string>;
  /** The packets in order: views of the file's bytes where possible. */
  packets(): Generator<Uint8Array>;
}

/** Reads a whole file; one that is damaged, cut or not Opus is refused. */
export function readOgg(bytes: Uint8Array): OggSound {
  const head = readHead(bytes);
  const tags = readTags(bytes);
  const samples = length(bytes, head.preSkip);
  return {
    ...head,
    tags,
    samples,
    *packets() {
      let index = 0;
      for (const { packet } of opusPackets(bytes)) if (index++ > 1) yield packet;
    },
  };
}

/** Checks every packet; the length follows from the last page's position. */
function length(bytes: Uint8Array, preSkip: number): number {
  let [index, samples, start, ended] = [0, 0, 0, false];
  let end: number | undefined;
  for (const { packet, page, endsPage } of opusPackets(bytes)) {
    if (index++ < 2) continue;
    const duration = packetSamples(packet);
    if (duration === 0) refuse("holds a damaged packet");
    samples += duration;
    ended = page.last;
    if (!endsPage || page.position < 0) continue;
    if (end === undefined && !page.last) start = Math.max(0, page.position - samples); // cut out of a longer stream
    end = page.position - start;
  }
  if (!ended || end === undefined) return refuse("ends too early");
  if (end > samples || end < preSkip) refuse("is longer than it says, or shorter");
  return end - preSkip;
}

const maxTagBytes = 1 << 18;
const maxPacketBytes = 61_440; // 48 frames of 1,275 bytes and what surrounds them

/** Head, tags and sound packets, unchecked. */
const opusPackets = (bytes: Uint8Array, tagBytes = maxTagBytes) =>
  packetsOf(bytes, (index) => (index === 1 ? tagBytes : maxPacketBytes));

/** The tags alone; the beginning of a file is enough. */
export function readTags(bytes: Uint8Array): ReadonlyMap<string, string> {
  readHead(bytes);
  let index = 0;
  for (const { packet } of opusPackets(bytes)) if (index++ === 1) return parseTags(packet);
  return refuse("breaks off before its tags");
}

/** Reads the first packet. */
function readHead(bytes: Uint8Array): OpusStart {
  return readOpusHead(opusPackets(bytes).next().value?.packet ?? new Uint8Array());
}

function parseTags(packet: Uint8Array): ReadonlyMap<string, string> {
  const bytes = asBuffer(packet);
  if (bytes.toString("latin1", 0, 8) !== "OpusTags") refuse("has no tags");
  const tags = new Map<string, string>();
  for (const { name, value } of commentsIn(bytes, 8)) if (!tags.has(name)) tags.set(name, value.toString("utf8"));
  return tags;
}

export interface PagedPacket {
  readonly packet: Uint8Array;
  /** The page it ends on. */
  readonly page: Page;
  readonly endsPage: boolean;
}

/** Assembles packets from the pages of a file with one stream; the n-th may have `maxBytes(n)`. */
export function* packetsOf(bytes: Uint8Array, maxBytes: (index: number) => number): Generator<PagedPacket> {
  let index = 0;
  let begun: Uint8Array[] = [];
  let size = 0; // of the unfinished packet
  for (const page of pagesOf(bytes)) {
    let [from, to] = [0, 0];
    const lastEnd = page.sizes.findLastIndex((lacing) => lacing < 255);
    for (const [at, lacing] of page.sizes.entries()) {
      to += lacing;
      if (size + to - from > maxBytes(index)) refuse("holds too long a packet");
      if (lacing === 255) continue;
      const part = page.body.subarray(from, to);
      yield { packet: begun.length > 0 ? Buffer.concat([...begun, part]) : part, page, endsPage: at === lastEnd };
      index++;
      from = to;
      [begun, size] = [[], 0];
    }
    if (to === from) continue;
    begun.push(page.body.subarray(from, to));
    size += to - from;
  }
}

/**
 * The pages of a file that holds one stream, each checked when it is reached. An empty last page, as some programs write it,
 * is merged with the page before it.
 */
export function* pagesOf(bytes: Uint8Array): Generator<Page> {
  let before: Page | undefined;
  try {
    for (const page of eachPage(bytes)) {
      if (before && page.last && page.sizes.length === 0) {
        const { position, last, bytes: end } = page;
        before = { ...before, position, last, bytes: Buffer.concat([before.bytes, end]) };
      } else {
        if (before) yield before;
        before = page;
      }
    }
  } catch (error) {
    if (before) yield before; // pages before the damage
    throw error;
  }
  if (before) yield before;
}

function* eachPage(bytes: Uint8Array): Generator<Page> {
  let first: Page | undefined;
  let sequence = 0;
  for (let at = 0; at < bytes.length; ) {
    const page = readPage(asBuffer(bytes.subarray(at)));
    first ??= page;
    if (page.serial !== first.serial) refuse("holds more than one stream");
    if (page.sequence !== first.sequence + sequence++) refuse("lacks a page");
    yield page;
    at += page.bytes.length;
  }
}
