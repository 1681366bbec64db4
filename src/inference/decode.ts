/** Codes to sound, a stretch at a time: with enough codes on each side, equal to decoding the whole song at once. */
import {
  codesPerFrame,
  decode,
  decoderReach,
  hopsOf,
  isSpectral,
  readsAbove,
  type VqvaeSize,
  vectorsOf,
} from "../model/vqvae.ts";
import { type Store, stored } from "../model/weights.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { floatsOf, ints, openSession, type Session, type SessionOptions, type Tensor } from "../onnx/session.ts";
import type { CodeBuffer } from "./code-buffer.ts";

export interface LevelDecoder {
  /** Samples of a frame. */
  readonly hop: number;
  /** Frames on each side that a frame's sound depends on. */
  readonly reach: number;
  /** Codes of a frame. */
  readonly perFrame: number;
  /** Whether the sound depends on the codes of the level above as well. */
  readonly readsAbove: boolean;
  /** Whether it depends on where in the song it is. */
  readonly isSpectral: boolean;
  /** Input `codes` [1, frames · codes of a frame] int32, `above` too where the level above is read, `at` [1] of a level of spectra: the first frame's place in the song; output `sound` [1, 1, frames · hop]. */
  readonly session: Session;
}

/** Opens the decoder of one level. */
export async function openDecoder(
  store: Store,
  level: number,
  size: VqvaeSize,
  options: SessionOptions,
): Promise<LevelDecoder> {
  const graph = new Graph();
  const weights = stored(graph, store);
  const read = (name: string, level: number): Value =>
    vectorsOf(level, graph.input(name, "int32", [1, `${name} time`]), weights, size);
  const above = readsAbove(level, size) ? read("above", level + 1) : undefined;
  const at = isSpectral(level, size) ? graph.input("at", "int32", [1]) : undefined;
  graph.output("sound", decode(level, read("codes", level), weights, size, { above, at }));
  const hop = hopsOf(size)[level]!;
  return {
    hop,
    reach: decoderReach(level, size) / hop,
    perFrame: codesPerFrame(level, size),
    readsAbove: above !== undefined,
    isSpectral: at !== undefined,
    session: await openSession(graph, { ...options, memoryPattern: false }),
  };
}

/** Whether the sound of frames up to `to` can be made as it will be in the end. */
export const decodable = (decoder: LevelDecoder, line: CodeBuffer, to: number): boolean =>
  (line.ended || to + decoder.reach <= line.made) && (!line.above || decodable(decoder, line.above, to));

/** The sound of frames `from` up to `to` [(to − from) · hop]; only true ends of the song are padded with silence. */
export async function decodeSpan(
  { hop, reach, isSpectral, session }: LevelDecoder,
  line: CodeBuffer,
  from: number,
  to: number,
): Promise<Float32Array> {
  const first = Math.max(0, from - reach);
  const last = Math.min(line.made, to + reach);
  const feed = (one: CodeBuffer): Tensor => {
    const codes = Int32Array.from(one.span(first, last));
    return ints(codes, [1, codes.length]);
  };
  const feeds = {
    codes: feed(line),
    ...(line.above && { above: feed(line.above) }),
    ...(isSpectral && { at: ints(Int32Array.of(first), [1]) }),
  };
  return floatsOf(await session.run(feeds), "sound").subarray((from - first) * hop, (to - first) * hop);
}
