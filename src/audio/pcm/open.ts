/** Opens files of uncompressed sound, by content. */

import { refuse } from "../broken.ts";
import type { ByteSource } from "../byte-source.ts";
import { aiffLayout, auLayout, cafLayout } from "./apple.ts";
import type { Layout } from "./layout.ts";
import { riffLayout, wave64Layout } from "./riff.ts";

/** GUID of "riff" in W64. */
const wave64 = Buffer.from("726966662e91cf11a5d628db04c10000", "hex");
/** Bytes that identify the format. */
export const pcmHeadBytes = 16;

/** The function that reads the layout of such a file; undefined for other formats. */
export function pcmReader(head: Uint8Array): ((file: ByteSource) => Layout) | undefined {
  const text = Buffer.from(head.subarray(0, pcmHeadBytes)).toString("latin1");
  const [first, third] = [text.slice(0, 4), text.slice(8, 12)];
  if (/^(RIFF|RIFX|RF64|BW64)$/.test(first) && third === "WAVE") return riffLayout;
  if (first === "FORM" && /^AIF[FC]$/.test(third)) return aiffLayout;
  if (first === "caff") return cafLayout;
  if (first === ".snd") return auLayout;
  return wave64.equals(head.subarray(0, 16)) ? wave64Layout : undefined;
}

export function readLayout(file: ByteSource): Layout {
  const reader = pcmReader(file.read(0, pcmHeadBytes));
  return reader ? reader(file) : refuse("is not a WAV file");
}

/** Reads a span of samples, channel by channel. */
export function readSpan(file: ByteSource, layout: Layout, from: number, count: number): Float32Array[] {
  const { blockBytes, blockSamples } = layout.encoding;
  const first = Math.floor(from / blockSamples);
  const blocks = Math.ceil((from + count) / blockSamples) - first;
  const bytes = file.read(layout.dataAt + first * blockBytes, blocks * blockBytes);
  if (bytes.length < blocks * blockBytes) refuse("was truncated while it was read");
  const skipped = from - first * blockSamples;
  return layout.encoding.decode(bytes).map((channel) => channel.subarray(skipped, skipped + count));
}
