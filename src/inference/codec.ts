/** Sound to codes and codes to sound, level by level: what a song is like when only the codec has touched it. */
import { codesPerFrame, readsAbove, type VqvaeSize } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { CodeBuffer } from "./code-buffer.ts";
import { decodeSpan, openDecoder } from "./decode.ts";
import { createEncoder, type Encoder } from "./encode.ts";

export interface Codec extends Encoder {
  /** `above`: codes of the level above, where this one's sound depends on them. */
  decode(codes: Uint16Array, above?: Uint16Array): Promise<Float32Array>;
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
  const encoder = createEncoder({ level, size, store, threads });
  const upper = readsAbove(level, size) ? createEncoder({ level: level + 1, size, store, threads }) : undefined;
  const decoder = await openDecoder(store, level, size, { threads });
  const stretch = Math.ceil(stretchSamples / decoder.hop);
  const decode: Codec["decode"] = async (codes, above) => {
    if (upper && !above) throw new Error(`the sound of level ${level} depends on the codes of level ${level + 1}`);
    const line = lineOf(level, size, codes, upper && above && lineOf(level + 1, size, above));
    const sound = new Float32Array(line.total * decoder.hop);
    for (let at = 0; at < line.total; at += stretch)
      sound.set(await decodeSpan(decoder, line, at, Math.min(at + stretch, line.total)), at * decoder.hop);
    return sound;
  };
  return {
    encode: encoder.encode,
    encodeSpans: encoder.encodeSpans,
    decode,
    reconstruct: async (sound) => decode(await encoder.encode(sound), await upper?.encode(sound)),
    async close() {
      await encoder.close();
      await upper?.close();
      await decoder.session.close();
    },
  };
}

/** Codes that are all there. */
function lineOf(level: number, size: VqvaeSize, codes: Uint16Array, above?: CodeBuffer): CodeBuffer {
  const perFrame = codesPerFrame(level, size);
  return new CodeBuffer(codes.length / perFrame, codes, { perFrame, ...(above && { above }) });
}
