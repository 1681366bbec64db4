/** Decodes Opus streams in Ogg files page by page, and Opus packets of other containers. */
import { frameRate } from "../frames.ts";
import { type OpusStart, readOpusHead } from "../ogg.ts";
import { createDecoder, type Decoder, packetSamples } from "../opus.ts";
import type { Page } from "../pages.ts";
import { startsWith } from "./id3.ts";
import type { Link } from "./link.ts";
import { Packets } from "./packets.ts";
import { attempt, type Piece } from "./source.ts";

export const openOpusLink = async (head: Page): Promise<Link> => new OpusLink(readOpusHead(head.body));

/** Granule positions (samples at 48 kHz, at the end of a page's last packet) tell how much is missing after a gap. */
class OpusLink implements Link {
  readonly sampleRate = frameRate;
  readonly #packets = new Packets();
  readonly #sound: OpusSound;
  /** Granule position of the start: not 0 if cut from a longer stream. */
  #start = 0;
  /** Samples so far, gaps included. */
  #samples = 0;
  #begun = false;
  #gap = false;
  /** The previous page, held back as it may be the last. */
  #waiting: { readonly pieces: readonly Piece[]; readonly position: number; readonly samples: number } | undefined;

  constructor(head: OpusStart) {
    this.#sound = new OpusSound(head);
  }

  *take(page: Page, gap: boolean): Generator<Piece> {
    this.#gap ||= gap;
    const packets = this.#packets.take(page, gap).filter((packet) => this.#begun || !startsWith(packet, 0, "OpusTags"));
    if (packets.length === 0 || page.position < 0) {
      if (packets.length === 0 && page.last && this.#waiting)
        this.#waiting = { ...this.#waiting, position: page.position }; // an empty last page
      return;
    }
    if (this.#waiting) yield* this.#waiting.pieces;
    const samples = packets.reduce((sum, packet) => sum + packetSamples(packet), 0);
    const from = page.position - samples;
    if (!this.#begun && !page.last) this.#start = Math.max(0, from);
    const missing = this.#begun && this.#gap ? Math.max(0, from - this.#start - this.#samples) : 0;
    if (missing > 0) yield this.#sound.lost(missing);
    this.#samples += missing + samples;
    this.#waiting = {
      pieces: packets.flatMap((packet) => this.#sound.decode(packet)),
      position: page.position,
      samples,
    };
    [this.#begun, this.#gap] = [true, false];
  }

  /** The granule position of the last page tells where the sound ends. */
  *end(): Generator<Piece> {
    if (!this.#waiting) return;
    const { pieces, position, samples } = this.#waiting;
    const tooMany = this.#start + this.#samples - position;
    const available = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
    let left = tooMany > 0 && tooMany <= samples ? available - tooMany : available;
    for (const piece of pieces) {
      if ("lost" in piece) yield piece;
      else yield { channels: piece.channels.map((channel) => channel.subarray(0, Math.max(0, left))) };
      left -= lengthOf(piece);
    }
  }
}

const lengthOf = (piece: Piece): number =>
  "lost" in piece ? Math.round(piece.lost * frameRate) : piece.channels[0]!.length;

/** Decodes packets; applies pre-skip and gain of the head. */
export class OpusSound {
  readonly #decoder: Decoder = createDecoder();
  readonly #channels: number;
  readonly #scale: number;
  #skip: number;

  constructor({ preSkip, channels, gain }: OpusStart) {
    [this.#channels, this.#skip, this.#scale] = [channels, preSkip, 10 ** (gain / 20) / 32768];
  }

  /** A damaged packet is lost for its declared duration. */
  decode(packet: Uint8Array): Piece[] {
    const sound = attempt(() => this.#decoder.decode(packet));
    if (!sound) return [this.lost(packetSamples(packet))];
    const skipped = Math.min(this.#skip, sound.length / 2);
    this.#skip -= skipped;
    return [{ channels: sides(sound.subarray(skipped * 2), this.#channels, this.#scale), sampleRate: frameRate }];
  }

  lost = (samples: number): Piece => ({ lost: samples / frameRate });
}

/** De-interleaves stereo samples to one or two channels. */
function sides(sound: Int16Array, channels: number, scale: number): Float32Array[] {
  return Array.from({ length: channels }, (_, side) => {
    const out = new Float32Array(sound.length / 2);
    for (let at = 0; at < out.length; at++) out[at] = sound[at * 2 + side]! * scale;
    return out;
  });
}
