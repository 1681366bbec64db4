/** FLAC streams in Ogg files: each packet is a frame, so they are decoded as a FLAC file. */
import { refuse } from "../broken.ts";
import type { Page } from "../pages.ts";
import { openFlac } from "./flac.ts";
import type { Link } from "./link.ts";
import { Packets } from "./packets.ts";
import type { Piece } from "./source.ts";

/** Ogg mapping before the FLAC header. */
const mappingBytes = 9;
const infoBytes = 42;
const lastBlock = 128;

export async function openFlacLink({ body }: Page): Promise<Link> {
  const info = Uint8Array.from(body.subarray(mappingBytes, mappingBytes + infoBytes));
  if (info.length < infoBytes) refuse("has a damaged header");
  info[4]! |= lastBlock; // frames follow
  const { sampleRate } = await openFlac(info);
  const packets = new Packets();
  const frames: Uint8Array[] = [];
  return {
    sampleRate,
    take(page, gap) {
      frames.push(...packets.take(page, gap).filter(([first]) => first === 0xff));
      return [];
    },
    async *end(): AsyncGenerator<Piece> {
      yield* (await openFlac(Buffer.concat([info, ...frames]))).pieces();
    },
  };
}
