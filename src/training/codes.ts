/** The songs of a corpus as codes on disk: what priors learn from. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { codebook, encode, encoderReach, hopsOf, nearest, rowsOf, type VqvaeSize } from "../model/vqvae.ts";
import { type Store, stored } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { floats, openSession, type Session } from "../onnx/session.ts";
import { type CorpusSong, readCorpus, readSamples } from "./corpus/files.ts";

export interface EncoderOptions {
  readonly level: number;
  readonly size: VqvaeSize;
  /** Encoder and codebook, under their released names. */
  readonly store: Store;
  readonly threads?: number;
  /** Samples of a piece, overlap included. */
  readonly piece?: number;
}

export interface Encoder {
  /** Codes of a whole sound; samples that fill no last code are left out. The same as in one pass, whatever the length. */
  encode(sound: Float32Array): Promise<Uint16Array>;
  close(): Promise<void>;
}

/** Encodes piece by piece; pieces overlap by what the encoder hears around a code. */
export function createEncoder({ level, size, store, threads = 1, piece = 2 ** 17 }: EncoderOptions): Encoder {
  const hop = hopsOf(size)[level]!;
  const reach = encoderReach(level, size);
  if (piece % hop !== 0 || piece <= 2 * reach) throw new Error(`pieces of ${piece} samples are too short or odd`);
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
    graph.output("codes", nearest(rowsOf(encode(level, sound, weights, size)), codebook(level, weights, size)));
    return graph;
  };
  return {
    async encode(sound) {
      const whole = Math.floor(sound.length / hop) * hop;
      const length = Math.min(piece, whole);
      const codes = new Uint16Array(whole / hop);
      for (let done = 0; done < whole; ) {
        const start = Math.min(Math.max(done - reach, 0), whole - length);
        const part = await run(sound.subarray(start, start + length));
        const until = start + length === whole ? whole : start + length - reach;
        codes.set(part.subarray((done - start) / hop, (until - start) / hop), done / hop);
        done = until;
      }
      return codes;
    },
    async close() {
      for (const session of sessions.values()) await (await session).close();
      sessions.clear();
    },
  };
}

export interface CodesOptions extends EncoderOptions {
  readonly corpus: string;
  /** Folder for the codes. */
  readonly out: string;
  readonly tell?: (line: string) => void;
}

/** Writes one file a song: its codes of this level, as 16-bit numbers, little end first. */
export async function encodeCorpus({ corpus, out, tell = () => {}, ...options }: CodesOptions): Promise<void> {
  const songs = readCorpus(corpus);
  mkdirSync(out, { recursive: true });
  const encoder = createEncoder(options);
  for (const [index, song] of songs.entries()) {
    const codes = await encoder.encode(readSamples(corpus, song));
    const path = codesPath(out, song, options.level);
    writeFileSync(`${path}.part`, new Uint8Array(codes.buffer));
    renameSync(`${path}.part`, path);
    if (index % 20 === 19) tell(`level ${options.level}: ${index + 1} of ${songs.length} songs`);
  }
  await encoder.close();
}

/** A song's codes of a level, as `encodeCorpus` wrote them. */
export function readCodes(folder: string, song: CorpusSong, level: number): Uint16Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(codesPath(folder, song, level));
  } catch (cause) {
    throw new UserError(`${song.id} has no codes of level ${level} in "${folder}". Encode the corpus first.`, {
      cause,
    });
  }
  return new Uint16Array(Uint8Array.from(bytes).buffer); // a copy starts at a multiple of 2
}

const codesPath = (folder: string, { id }: CorpusSong, level: number): string => join(folder, `${id}.${level}.u16`);
