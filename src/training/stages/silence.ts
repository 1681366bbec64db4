/** Which codes are silence: sampling never draws them, as a small prior finds no way out. */
import { createEncoder } from "../../inference/encode.ts";
import type { ModelConfig } from "../../model/folder.ts";
import { readSafetensors } from "../../model/safetensors.ts";
import { hopsOf } from "../../model/vqvae.ts";
import { readCorpus } from "../corpus/files.ts";
import { songsMark } from "../own/learned.ts";
import { silentCode } from "../songs.ts";
import type { CodedSong } from "../windows.ts";
import { vqvaeWeights, type Workshop } from "./workshop.ts";

const SILENT_CODES = 256;

/**
 * What composed songs end with. What a user's songs end with may be anything: there it is what the encoder takes silence
 * for, or what the model begun with knows as such.
 */
export async function silenceAt(
  { preset, corpus, work }: Workshop,
  level: number,
  songs: readonly CodedSong[],
  known?: ModelConfig,
): Promise<readonly number[]> {
  if (songsMark(readCorpus(corpus)) === undefined) return [silentCode(songs, level)];
  const never = known?.priors[level]?.never;
  if (never) return never;
  const { store } = readSafetensors(vqvaeWeights(work, level));
  const encoder = createEncoder({ level, size: preset.vqvae, store });
  const silence = await encoder.encode(new Float32Array(hopsOf(preset.vqvae)[level]! * SILENT_CODES));
  await encoder.close();
  return [silence[SILENT_CODES / 2]!];
}
