/** Sound to codes, a piece at a time: the same codes as of the whole sound at once. */
import { codesOf, codesPerFrame, encoderReach, grainOf, hopsOf, type VqvaeSize } from "../model/vqvae.ts";
import { type Store, stored } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { floats, openSession, type Session } from "../onnx/session.ts";
import type { Codes } from "./engine.ts";

export interface EncoderOptions {
  readonly level: number;
  readonly size: VqvaeSize;
  /** Encoder and codebook, under their released names; those of the level above too, where this one reads it. */
  readonly store: Store;
  readonly threads?: number;
  /** Samples of a piece, overlap included; a matter of memory alone. */
  readonly piece?: number;
  /** Looked at before each piece: encoding throws once it is true. */
  readonly stopped?: () => boolean;
}

export interface Encoder {
  /** Codes of a whole sound, frame after frame; samples that fill no last frame are left out. The same as in one pass, whatever the length. */
  encode(sound: Float32Array): Promise<Uint16Array>;
  /** The same of a sound of so many samples that is read as it is needed. */
  encodeSpans(samples: number, read: (from: number, count: number) => Float32Array): Promise<Uint16Array>;
  close(): Promise<void>;
}

/** Samples of a piece with which little is overlap and little memory is taken. */
const leastPiece = 2 ** 15;

/** Encodes piece by piece; pieces overlap by what the encoder hears around a code. */
export function createEncoder(options: EncoderOptions): Encoder {
  const { level, size, store, threads = 1, stopped = () => false } = options;
  const hop = hopsOf(size)[level]!;
  const grain = grainOf(level, size);
  const reach = encoderReach(level, size);
  const perFrame = codesPerFrame(level, size);
  const placeOf = (samples: number): number => (samples / hop) * perFrame;
  const { piece = Math.ceil(Math.max(leastPiece, 4 * reach) / grain) * grain } = options;
  if (piece % grain !== 0 || piece <= 2 * reach) throw new Error(`pieces of ${piece} samples are too short or odd`);
  const sessions = new Map<number, Promise<Session>>(); // by length; most songs need two
  const run = async (sound: Float32Array): Promise<Int32Array> => {
    const known = sessions.get(sound.length) ?? openSession(encoderGraph(sound.length), { threads });
    sessions.set(sound.length, known);
    const out = await (await known).run({ sound: floats(sound, [1, 1, sound.length]) });
    return out.codes!.data as Int32Array; // cast to int32 by `nearest`
  };
  const encoderGraph = (samples: number): Graph => {
    const graph = new Graph();
    const weights = stored(graph, store);
    const sound = graph.input("sound", "float32", [1, 1, samples]);
    graph.output("codes", codesOf(level, sound, weights, size));
    return graph;
  };
  const encodeSpans: Encoder["encodeSpans"] = async (samples, read) => {
    const whole = Math.floor(samples / grain) * grain;
    const length = Math.min(piece, whole);
    const codes = new Uint16Array(placeOf(whole));
    for (let done = 0; done < whole; ) {
      if (stopped()) throw new Error("encoding was stopped");
      const start = Math.min(Math.max(done - reach, 0), whole - length);
      const part = await run(read(start, length));
      const until = start + length === whole ? whole : start + length - reach;
      codes.set(part.subarray(placeOf(done - start), placeOf(until - start)), placeOf(done));
      done = until;
    }
    return codes;
  };
  return {
    encode: (sound) => encodeSpans(sound.length, (from, count) => sound.subarray(from, from + count)),
    encodeSpans,
    async close() {
      for (const session of sessions.values()) await (await session).close();
      sessions.clear();
    },
  };
}

/** Samples of a sound that are whole frames at every level: what a prompt is rounded down to (spec 6.5). */
export function promptSamples(samples: number, size: VqvaeSize): number {
  const coarsest = hopsOf(size).at(-1)!;
  return Math.floor(samples / coarsest) * coarsest;
}

/** The codes of a prompt at all levels, finest first, as the song that begins with it needs them; one encoder at a time is in memory. */
export async function encodeAll(sound: Float32Array, options: Omit<EncoderOptions, "level">): Promise<Codes> {
  const prompt = sound.subarray(0, promptSamples(sound.length, options.size));
  const codes: Uint16Array[] = [];
  for (const level of hopsOf(options.size).keys()) {
    const encoder = createEncoder({ ...options, level });
    try {
      codes.push(await encoder.encode(prompt));
    } finally {
      await encoder.close();
    }
  }
  return codes;
}
