/** Sound to codes and codes to sound, level by level: what a song is like when only the codec has touched it. */
import { codesPerFrame, levelsRead, type VqvaeSize } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { CodeBuffer } from "./code-buffer.ts";
import { decodeSpan, openDecoder } from "./decode.ts";
import { createEncoder, type Encoder } from "./encode.ts";

export interface Codec extends Encoder {
  /** `above`: codes of the levels above, the nearest first, as far as this one's sound depends on them. */
  decode(codes: Uint16Array, above?: readonly Uint16Array[]): Promise<Float32Array>;
  /** The sound through codes and back; samples that fill no last frame are left out. */
  reconstruct(sound: Float32Array): Promise<Float32Array>;
}

export interface CodecOptions {
  readonly size: VqvaeSize;
  readonly store: Store;
  readonly threads: number;
}

/** Samples decoded at once: of a whole song they would take gigabytes. */
const stretchSamples = 2 ** 18;

/** Opens encoder and decoder of one level. */
export async function openCodec(level: number, { size, store, threads }: CodecOptions): Promise<Codec> {
  const read = levelsRead(level, size);
  const [encoder, ...upper] = [level, ...read].map((one) => createEncoder({ level: one, size, store, threads }));
  const decoder = await openDecoder(store, level, size, { threads });
  const stretch = Math.ceil(stretchSamples / decoder.hop);
  const decode: Codec["decode"] = async (codes, above = []) => {
    const missing = read[above.length];
    if (missing !== undefined) throw new Error(`the sound of level ${level} depends on the codes of level ${missing}`);
    const line = lineOf(level, size, [codes, ...above.slice(0, read.length)])!;
    const sound = new Float32Array(line.total * decoder.hop);
    for (let at = 0; at < line.total; at += stretch)
      sound.set(await decodeSpan(decoder, line, at, Math.min(at + stretch, line.total)), at * decoder.hop);
    return sound;
  };
  return {
    encode: encoder!.encode,
    encodeSpans: encoder!.encodeSpans,
    decode,
    async reconstruct(sound) {
      const above: Uint16Array[] = [];
      for (const one of upper) above.push(await one.encode(sound));
      return decode(await encoder!.encode(sound), above);
    },
    async close() {
      for (const one of [encoder!, ...upper]) await one.close();
      await decoder.session.close();
    },
  };
}

/** Codes that are all there, of a level and of those that it reads. */
function lineOf(level: number, size: VqvaeSize, [codes, ...above]: readonly Uint16Array[]): CodeBuffer | undefined {
  if (!codes) return undefined;
  const perFrame = codesPerFrame(level, size);
  const upper = lineOf(level + 1, size, above);
  return new CodeBuffer(codes.length / perFrame, codes, { perFrame, ...(upper && { above: upper }) });
}
