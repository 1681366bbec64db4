/** Decodes Vorbis streams in Ogg files; the only file that imports the Vorbis decoder. */
import { decoder as openDecoder } from "@audio/decode-vorbis";
import { checkFormat, refuse } from "../broken.ts";
import { asBuffer, type Page } from "../pages.ts";
import type { Link } from "./link.ts";
import { attempt, type Piece } from "./source.ts";

/** Header packets before the sound. */
const headPackets = 3;

type Decoder = Awaited<ReturnType<typeof openDecoder>>;

export async function openVorbisLink(head: Page): Promise<Link> {
  const bytes = asBuffer(head.body);
  if (bytes.length < 30) refuse("has a damaged header");
  const [channels, sampleRate] = [bytes[11]!, bytes.readUInt32LE(12)];
  checkFormat(sampleRate, channels);
  return new VorbisLink(head, sampleRate, await openDecoder());
}

/** After a gap a new decoder is opened and fed the header pages. */
class VorbisLink implements Link {
  readonly sampleRate: number;
  #decoder: Decoder;
  /** Header pages, and how many packets end on them. */
  readonly #heads: Page[];
  #headPackets = 1;
  /** The decoder returns a page's sound with the next page. */
  #before: Page | undefined;
  #start = 0;
  #samples = 0;
  /** The last piece, held back as it may be too long. */
  #waiting: readonly Float32Array[] = [];
  #begun = false;
  #gap = false;

  constructor(head: Page, sampleRate: number, decoder: Decoder) {
    [this.sampleRate, this.#decoder, this.#heads] = [sampleRate, decoder, [head]];
    this.#decode(head.bytes);
  }

  async *take(page: Page, gap: boolean): AsyncGenerator<Piece> {
    if (gap && this.#headPackets >= headPackets) yield* this.#reopen();
    yield* this.#sound(this.#decode(page.bytes));
    if (this.#headPackets < headPackets) this.#heads.push(page);
    else this.#before = page;
    this.#headPackets += page.sizes.filter((size) => size < 255).length;
  }

  /** The granule position of the last page tells where the sound ends. */
  *end(): Generator<Piece> {
    yield* this.#sound(attempt(() => this.#decoder.flush().channelData) ?? []);
    attempt(() => this.#decoder.free());
    const count = this.#waiting[0]?.length ?? 0;
    const tooMany = this.#begun && this.#before ? this.#start + this.#samples - this.#before.position : 0;
    const kept = tooMany > 0 && tooMany <= count ? count - tooMany : count;
    yield { channels: this.#waiting.map((channel) => channel.subarray(0, kept)) };
    if (!this.#begun) yield { lost: 0 };
  }

  async *#reopen(): AsyncGenerator<Piece> {
    yield* this.#sound(attempt(() => this.#decoder.flush().channelData) ?? []);
    attempt(() => this.#decoder.free());
    this.#decoder = await openDecoder();
    for (const head of this.#heads) this.#decode(head.bytes);
    [this.#gap, this.#before] = [true, undefined];
  }

  #decode = (bytes: Uint8Array): readonly Float32Array[] =>
    attempt(() => this.#decoder.decode(bytes).channelData) ?? [];

  *#sound(channels: readonly Float32Array[]): Generator<Piece> {
    const count = channels[0]?.length ?? 0;
    if (count === 0) return;
    const from = (this.#before?.position ?? 0) - count;
    if (!this.#begun && this.#before && !this.#before.last) this.#start = Math.max(0, from);
    const missing = this.#begun && this.#gap ? Math.max(0, from - this.#start - this.#samples) : 0;
    yield { channels: this.#waiting };
    if (missing > 0) yield { lost: missing / this.sampleRate };
    this.#samples += missing + count;
    this.#waiting = channels;
    [this.#begun, this.#gap] = [true, false];
  }
}
