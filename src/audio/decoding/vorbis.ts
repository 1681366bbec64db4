/** Ogg Vorbis files: the only door to the Vorbis decoder. */
import { decoder as openDecoder } from "@audio/decode-vorbis";
import { refuse } from "../broken.ts";
import { asBuffer, type Page, pagesOf } from "../pages.ts";
import { checkFormat, decoding, type Source } from "./source.ts";

export async function openVorbis(bytes: Uint8Array): Promise<Source> {
  const { sampleRate, channels } = readHead(bytes);
  checkFormat(sampleRate, channels);
  const decoder = await openDecoder();
  return {
    sampleRate,
    *chunks() {
      let before: Page | undefined; // the decoder gives a page's sound when the next one is there
      let [start, samples] = [0, 0];
      const count = (chunk: readonly Float32Array[], last?: Page): readonly Float32Array[] => {
        const more = chunk[0]?.length ?? 0;
        const cutOut = samples === 0 && more > 0 && before !== undefined && !before.last; // perhaps out of a longer stream
        if (cutOut) start = Math.max(0, before!.position - more);
        const wanted = last ? Math.max(0, Math.min(more, last.position - start - samples)) : more;
        samples += wanted;
        return chunk.map((channel) => channel.subarray(0, wanted));
      };
      for (const page of pagesOf(bytes)) {
        if (before?.last) refuse("goes on after its end");
        yield count(decoding(() => decoder.decode(page.bytes)).channelData, page.last ? page : undefined);
        before = page;
      }
      yield count(decoding(() => decoder.flush()).channelData, before);
      if (!before?.last) refuse("breaks off early");
      if (samples !== before.position - start) refuse("is longer than it says, or shorter");
      decoder.free();
    },
  };
}

function readHead(bytes: Uint8Array): { sampleRate: number; channels: number } {
  const { value } = pagesOf(bytes).next();
  const head = asBuffer(value?.body ?? new Uint8Array());
  if (head.length < 30 || head.toString("latin1", 0, 7) !== "\x01vorbis") refuse("holds no Vorbis sound");
  return { channels: head[11]!, sampleRate: head.readUInt32LE(12) };
}
