/** Opens a sound file of any supported format. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { UserError } from "../../errors.ts";
import { BrokenSound } from "../broken.ts";
import { openWav } from "../wav.ts";
import { openFlac } from "./flac.ts";
import { foreignKind, formats, type Kind, kindOf } from "./kind.ts";
import { openMp3 } from "./mp3.ts";
import { openOgg } from "./ogg.ts";
import type { Piece, Source } from "./source.ts";
import { openWebm } from "./webm.ts";

const openers: Readonly<Record<Exclude<Kind, "wav">, (bytes: Uint8Array) => Promise<Source>>> = {
  flac: openFlac,
  mp3: openMp3,
  ogg: openOgg,
  webm: openWebm,
};

/** Files of compressed sound are read into memory and limited to `maxBytes`; uncompressed ones to `maxWavBytes`. */
export async function openSource(
  path: string,
  name: string,
  maxBytes: number,
  maxWavBytes = maxBytes,
): Promise<Source> {
  const head = headOf(path, name, { maxBytes, maxWavBytes });
  if (kindOf(head) === "wav") return wavSource(path, name);
  const bytes = readFileSync(path);
  const kind = kindOf(bytes);
  if (kind === undefined || kind === "wav") {
    const what = foreignKind(bytes);
    throw new UserError(`"${name}" ${what ?? `is not a sound file that I can read. I read ${formats}`}.`);
  }
  try {
    return await openers[kind](bytes);
  } catch (error) {
    if (!(error instanceof BrokenSound)) throw error;
    throw new UserError(`"${name}" ${error.what}.`, { cause: error });
  }
}

const headBytes = 16;

function headOf(
  path: string,
  name: string,
  { maxBytes, maxWavBytes }: { readonly maxBytes: number; readonly maxWavBytes: number },
): Uint8Array {
  const file = opened(path, name);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new UserError(`"${name}" is not a file.`);
    const buffer = new Uint8Array(headBytes);
    const head = buffer.subarray(0, readSync(file, buffer));
    const max = kindOf(head) === "wav" ? maxWavBytes : maxBytes;
    if (stat.size > max)
      throw new UserError(`"${name}" is too large: I read files of at most ${Math.floor(max / 2 ** 20)} MiB.`);
    return head;
  } finally {
    closeSync(file);
  }
}

function opened(path: string, name: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") throw new UserError(`There is no file "${name}".`, { cause: error });
    if (code === "EACCES" || code === "EPERM")
      throw new UserError(`I am not allowed to read "${name}".`, { cause: error });
    throw error;
  }
}

const samplesAtOnce = 1 << 16;

function wavSource(path: string, name: string): Source {
  const { sampleRate, samples, warnings, readChannels } = openWav(path, name);
  return {
    sampleRate,
    samples,
    warnings,
    *pieces(): Generator<Piece> {
      for (let at = 0; at < samples; at += samplesAtOnce) yield { channels: readChannels(at, samplesAtOnce) };
    },
  };
}
