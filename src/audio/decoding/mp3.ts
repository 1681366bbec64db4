/** MP3 files: the only door to the MP3 decoder. */
import { decoder as openDecoder } from "@audio/decode-mp3";
import { refuse } from "../broken.ts";
import { tagBytes } from "./kind.ts";
import { type Frame, firstFrame, frameAt, framesOf, type Tag, tagIn } from "./mpeg.ts";
import { checkFormat, decoding, type Source } from "./source.ts";

const framesAtOnce = 16;

export async function openMp3(bytes: Uint8Array): Promise<Source> {
  const from = firstFrame(bytes, tagBytes(bytes));
  if (from === undefined) return refuse("holds no MP3 sound");
  const first = frameAt(bytes, from)!; // found just now
  checkFormat(first.sampleRate, first.channels);
  const tag = tagIn(bytes, from, first);
  const samples = tag && lengthBy(tag, first);
  const decoder = await openDecoder();
  return {
    sampleRate: first.sampleRate,
    ...(samples !== undefined && { samples }),
    *chunks() {
      for (const { start, end } of groups(bytes, from, tag)) {
        const { channelData } = decoding(() => decoder.decode(bytes.subarray(start, end)));
        yield channelData.slice(0, first.channels);
      }
      decoder.free();
    },
  };
}

/** Exact if the tag tells what the encoder added. */
const lengthBy = ({ frames, delay, padding }: Tag, { samples }: Frame): number | undefined =>
  delay === undefined || padding === undefined ? undefined : Math.max(0, frames * samples - delay - padding);

/** Spans of the file with a few whole frames each; checks that there are as many as the tag says. */
function* groups(bytes: Uint8Array, from: number, tag: Tag | undefined): Generator<{ start: number; end: number }> {
  let [start, end, count] = [from, from, 0];
  for (const { at, frame, whole } of framesOf(bytes, from)) {
    if (!whole) break;
    end = at + frame.bytes;
    if (++count % framesAtOnce !== 0) continue;
    yield { start, end };
    start = end;
  }
  if (end > start) yield { start, end };
  if (tag && count < tag.frames) refuse("breaks off early"); // the tag's own frame is one more, but some count it
}
