/** Sound to codes and codes to sound, level by level: what a song is like when only the codec has touched it. */
import { decodeSpan, openDecoder } from "../../inference/decode.ts";
import { createEncoder, type Encoder } from "../../inference/encode.ts";
import { CodeLine } from "../../inference/line.ts";
import type { VqvaeSize } from "../../model/vqvae.ts";
import type { Store } from "../../model/weights.ts";

export interface Codec extends Encoder {
  decode(codes: Uint16Array): Promise<Float32Array>;
  /** The sound through codes and back; samples that fill no last code are left out. */
  copy(sound: Float32Array): Promise<Float32Array>;
}

export interface CodecOptions {
  readonly size: VqvaeSize;
  readonly store: Store;
  readonly threads: number;
}

/** Opens encoder and decoder of one level. */
export async function openCodec(level: number, { size, store, threads }: CodecOptions): Promise<Codec> {
  const encoder = createEncoder({ level, size, store, threads });
  const decoder = await openDecoder(store, level, size, { threads });
  const decode = (codes: Uint16Array): Promise<Float32Array> =>
    decodeSpan(decoder, new CodeLine(codes.length, codes), 0, codes.length);
  return {
    encode: encoder.encode,
    decode,
    copy: async (sound) => decode(await encoder.encode(sound)),
    async close() {
      await encoder.close();
      await decoder.session.close();
    },
  };
}
