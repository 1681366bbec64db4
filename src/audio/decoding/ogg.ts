/** Decodes Ogg files with chained or multiplexed streams; skips damaged pages. */
import { BrokenSound, refuse } from "../broken.ts";
import { asBuffer, type Page, tryPage } from "../pages.ts";
import { startsWith, tagBytes } from "./id3.ts";
import type { Link } from "./link.ts";
import { openFlacLink } from "./ogg-flac.ts";
import { openOpusLink } from "./opus.ts";
import type { Piece, Source } from "./source.ts";
import { openVorbisLink } from "./vorbis.ts";

const openers: Readonly<Record<string, (head: Page) => Promise<Link>>> = {
  OpusHead: openOpusLink,
  "\x01vorbis": openVorbisLink,
  "\x7fFLAC": openFlacLink,
};
const foreign: Readonly<Record<string, string>> = {
  "Speex   ": "Speex",
  "\x80theora": "Theora video",
  "BBCD\0": "Dirac video",
  OVP80: "VP8 video",
  "PCM     ": "uncompressed",
  "CELT    ": "CELT",
};

export async function openOgg(bytes: Uint8Array): Promise<Source> {
  const from = tagBytes(bytes);
  const heads = [...headsOf(bytes, from)];
  const head = heads.find((page) => openerOf(page));
  if (!head) return refuse(whyNot(heads));
  const { sampleRate } = await openerOf(head)!(head); // found just now
  return { sampleRate, pieces: () => piecesOf(bytes, from) };
}

const openerOf = ({ body }: Page) => Object.entries(openers).find(([magic]) => startsWith(body, 0, magic))?.[1];

const maxHeads = 64;

/** The first pages of the streams at the beginning of the file. */
function* headsOf(bytes: Uint8Array, from: number): Generator<Page> {
  let count = 0;
  for (const page of soundPages(bytes, from)) {
    if (page === "damage") continue;
    if (!page.first || ++count > maxHeads) return;
    yield page;
  }
}

function whyNot(heads: readonly Page[]): string {
  if (heads.length === 0) return "is an Ogg file without its beginning, so it can't be decoded";
  const names = heads.flatMap(
    ({ body }) => Object.entries(foreign).find(([magic]) => startsWith(body, 0, magic))?.[1] ?? [],
  );
  const what = names.length > 0 ? names.join(" and ") : "something unknown";
  return `is an Ogg file with ${what}; I read Vorbis, Opus and FLAC in Ogg. Convert it, for example with "ffmpeg -i song.ogg song.flac"`;
}

/** Intact pages, and one "damage" for each stretch of other bytes. */
function* soundPages(bytes: Uint8Array, from: number): Generator<Page | "damage"> {
  const file = asBuffer(bytes);
  for (let at = from; at < file.length; ) {
    const page = pageAt(file, at);
    if (page) {
      yield page;
      at += page.bytes.length;
      continue;
    }
    let next = at;
    do next = file.indexOf("OggS", next + 1, "latin1");
    while (next >= 0 && !pageAt(file, next));
    if (next >= 0 || startsWith(file, at, "OggS")) yield "damage"; // other bytes behind the last page are not audio
    at = next < 0 ? file.length : next;
  }
}

const pageAt = (file: Buffer, at: number): Page | undefined =>
  file[at] === 0x4f ? tryPage(file.subarray(at)) : undefined;

/** The first audio stream, then the next one that begins after its end. */
async function* piecesOf(bytes: Uint8Array, from: number): AsyncGenerator<Piece> {
  let link: Link | undefined;
  let last: Page | undefined; // of this link
  let [begun, gap] = [false, false];
  for (const page of soundPages(bytes, from)) {
    if (page === "damage") {
      gap = true;
      continue;
    }
    const opener = page.first && (!link || begun) ? openerOf(page) : undefined;
    if (opener) {
      if (link) yield* inOrder(link, link.end());
      if (gap) yield { lost: 0 };
      [link, last, begun, gap] = [await openedLink(opener, page), page, false, false];
      continue;
    }
    if (!link || page.first || page.serial !== last?.serial) continue;
    const missing = gap || page.sequence !== last.sequence + 1;
    if (missing && page.position >= 0 && page.position <= last.position) continue; // a repeated page
    yield* inOrder(link, link.take(page, missing));
    [last, begun, gap] = [page, true, false];
  }
  if (link) yield* inOrder(link, link.end());
  if (gap) yield { lost: 0 };
}

/** A damaged head loses only its own stream. */
async function openedLink(opener: (head: Page) => Promise<Link>, head: Page): Promise<Link> {
  try {
    return await opener(head);
  } catch (error) {
    if (!(error instanceof BrokenSound)) throw error;
    return { sampleRate: 0, take: () => [], end: () => [{ lost: 0 }] };
  }
}

async function* inOrder({ sampleRate }: Link, pieces: AsyncIterable<Piece> | Iterable<Piece>): AsyncGenerator<Piece> {
  for await (const piece of pieces) yield "lost" in piece ? piece : { sampleRate, ...piece };
}
