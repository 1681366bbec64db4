/** Codes to sound, a stretch at a time: with enough codes on each side, equal to decoding the whole song at once. */
import { codebook, decode, decoderReach, hopsOf, lookup, type VqvaeSize } from "../model/vqvae.ts";
import { type Store, stored } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { floatsOf, ints, openSession, type Session, type SessionOptions } from "../onnx/session.ts";
import type { CodeBuffer } from "./code-buffer.ts";

export interface LevelDecoder {
  /** Samples a code. */
  readonly hop: number;
  /** Codes on each side that a code's sound depends on. */
  readonly reach: number;
  /** Input `codes` [1, time] int32, output `sound` [1, 1, time · hop]. */
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
  const vectors = lookup(graph.input("codes", "int32", [1, "time"]), codebook(level, weights, size));
  graph.output("sound", decode(level, vectors, weights, size));
  const hop = hopsOf(size)[level]!;
  return {
    hop,
    reach: decoderReach(level, size) / hop,
    session: await openSession(graph, { ...options, memoryPattern: false }),
  };
}

/** Whether the sound of codes up to `to` can be made as it will be in the end. */
export const decodable = ({ reach }: LevelDecoder, line: CodeBuffer, to: number): boolean =>
  line.ended || to + reach <= line.made;

/** The sound of codes `from` up to `to` [(to − from) · hop]; only true ends of the song are padded with silence. */
export async function decodeSpan(
  { hop, reach, session }: LevelDecoder,
  line: CodeBuffer,
  from: number,
  to: number,
): Promise<Float32Array> {
  const first = Math.max(0, from - reach);
  const last = Math.min(line.made, to + reach);
  const codes = Int32Array.from(line.codes.subarray(first, last));
  const sound = floatsOf(await session.run({ codes: ints(codes, [1, codes.length]) }), "sound");
  return sound.subarray((from - first) * hop, (to - first) * hop);
}
