/** Sound to codes and codes to sound, level by level: what a song is like when only the codec has touched it. */
import type { VqvaeSize } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { CodeBuffer } from "./code-buffer.ts";
import { decodeSpan, openDecoder } from "./decode.ts";
import { createEncoder, type Encoder } from "./encode.ts";

export interface Codec extends Encoder {
  decode(codes: Uint16Array): Promise<Float32Array>;
  /** The sound through codes and back; samples that fill no last code are left out. */
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
  const decoder = await openDecoder(store, level, size, { threads });
  const stretch = Math.ceil(stretchSamples / decoder.hop);
  const decode = async (codes: Uint16Array): Promise<Float32Array> => {
    const line = new CodeBuffer(codes.length, codes);
    const sound = new Float32Array(codes.length * decoder.hop);
    for (let at = 0; at < codes.length; at += stretch)
      sound.set(await decodeSpan(decoder, line, at, Math.min(at + stretch, codes.length)), at * decoder.hop);
    return sound;
  };
  return {
    encode: encoder.encode,
    encodeSpans: encoder.encodeSpans,
    decode,
    reconstruct: async (sound) => decode(await encoder.encode(sound)),
    async close() {
      await encoder.close();
      await decoder.session.close();
    },
  };
}
