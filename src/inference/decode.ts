/** Codes to sound, a stretch at a time: with enough codes on each side, equal to decoding the whole song at once. */
import {
  aboveOf,
  codesPerFrame,
  decode,
  decoderReach,
  grainOf,
  hopsOf,
  isSpectral,
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
  /** Frames that are decoded at once at least: those of one of the coarsest level that is read. */
  readonly grain: number;
  /** Frames on each side that a frame's sound depends on. */
  readonly reach: number;
  /** Codes of a frame. */
  readonly perFrame: number;
  /** Whether the sound depends on the codes of the level above, and on what that one reads. */
  readonly readsAbove: boolean;
  /** Whether it depends on where in the song it is. */
  readonly isSpectral: boolean;
  /** Input `codes` [1, frames · codes of a frame] int32, `above.1` … too where levels above are read, `at` [1] of a level of spectra: the first frame's place in the song; output `sound` [1, 1, frames · hop]. */
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
  const read = (name: string): Value => graph.input(name, "int32", [1, `${name} time`]);
  const above = aboveOf(level, (upper) => read(aboveInput(upper - level)), weights, size);
  const at = isSpectral(level, size) ? graph.input("at", "int32", [1]) : undefined;
  graph.output("sound", decode(level, vectorsOf(level, read("codes"), weights, size), weights, size, { above, at }));
  const hop = hopsOf(size)[level]!;
  return {
    hop,
    grain: grainOf(level, size) / hop,
    reach: decoderReach(level, size) / hop,
    perFrame: codesPerFrame(level, size),
    readsAbove: above !== undefined,
    isSpectral: at !== undefined,
    session: await openSession(graph, { ...options, memoryPattern: false }),
  };
}

/** The input of codes so many levels above. */
export const aboveInput = (distance: number): string => `above.${distance}`;

/** Lines of the levels above that a line's sound depends on, the nearest first. */
const linesAbove = ({ above }: CodeBuffer): CodeBuffer[] => (above ? [above, ...linesAbove(above)] : []);

/** The frame of a line above in which this line's frame begins, or at the end ends. */
const frameIn = (upper: CodeBuffer, line: CodeBuffer, frame: number): number =>
  Math.ceil((frame * upper.total) / line.total);

/** Whether the sound of frames up to `to` can be made as it will be in the end. */
export function decodable({ reach, grain }: LevelDecoder, line: CodeBuffer, to: number): boolean {
  const last = Math.min(Math.ceil((to + reach) / grain) * grain, line.total);
  return line.made >= last && linesAbove(line).every((upper) => upper.made >= frameIn(upper, line, last));
}

/** The sound of frames `from` up to `to` [(to − from) · hop]; only true ends of the song are padded with silence. */
export async function decodeSpan(
  { hop, reach, grain, isSpectral, session }: LevelDecoder,
  line: CodeBuffer,
  from: number,
  to: number,
): Promise<Float32Array> {
  const first = Math.max(0, Math.floor((from - reach) / grain) * grain);
  const last = Math.min(line.made, Math.ceil((to + reach) / grain) * grain);
  const above = linesAbove(line).map((upper, index) => {
    const codes = upper.span(frameIn(upper, line, first), frameIn(upper, line, last));
    return [aboveInput(index + 1), feed(codes)] as const;
  });
  const feeds = {
    codes: feed(line.span(first, last)),
    ...Object.fromEntries(above),
    ...(isSpectral && { at: ints(Int32Array.of(first), [1]) }),
  };
  return floatsOf(await session.run(feeds), "sound").subarray((from - first) * hop, (to - first) * hop);
}

const feed = (codes: Uint16Array): Tensor => ints(Int32Array.from(codes), [1, codes.length]);
