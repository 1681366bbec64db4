/** Ogg Opus files of any maker, decoded page by page. */
import { refuse } from "../broken.ts";
import { frameRate } from "../frames.ts";
import { opusPackets, readHead } from "../ogg.ts";
import { createDecoder } from "../opus.ts";
import type { Page } from "../pages.ts";
import { decoding, type Source } from "./source.ts";

const mostTagBytes = 1 << 24; // pictures of a record's cover are tags, too

export async function openOpus(bytes: Uint8Array): Promise<Source> {
  const { preSkip, channels, gain } = readHead(bytes);
  const louder = 10 ** (gain / 20) / 32768;
  return {
    sampleRate: frameRate,
    *chunks() {
      let [start, decoded, given] = [0, 0, 0];
      let last: Page | undefined;
      for (const { page, sound } of pagesOfSound(bytes)) {
        if (last?.last) refuse("goes on after its end");
        const samples = sound.length / 2;
        if (decoded === 0 && !page.last) start = Math.max(0, page.position - samples); // cut out of a longer stream
        decoded += samples;
        const end = (page.last ? page.position - start : decoded) - preSkip;
        if (page.last && (end < given || end + preSkip > decoded)) refuse("is longer than it says, or shorter");
        const from = samples - (decoded - preSkip - given);
        const until = samples - (decoded - preSkip - Math.max(end, given));
        yield sides(sound.subarray(from * 2, until * 2), channels, louder);
        given = Math.max(end, given);
        last = page;
      }
      if (!last?.last) refuse("breaks off early");
    },
  };
}

/** The stereo sound of each page's packets. */
function* pagesOfSound(bytes: Uint8Array): Generator<{ page: Page; sound: Int16Array }> {
  const decoder = createDecoder();
  let index = 0;
  let parts: Int16Array[] = [];
  for (const { packet, page, endsPage } of opusPackets(bytes, mostTagBytes)) {
    if (index++ < 2) continue;
    parts.push(decoding(() => decoder.decode(packet)));
    if (!endsPage) continue;
    yield { page, sound: joined(parts) };
    parts = [];
  }
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Left and right apart; mono once. */
function sides(sound: Int16Array, channels: number, scale: number): Float32Array[] {
  return Array.from({ length: channels }, (_, side) => {
    const out = new Float32Array(sound.length / 2);
    for (let at = 0; at < out.length; at++) out[at] = sound[at * 2 + side]! * scale;
    return out;
  });
}
