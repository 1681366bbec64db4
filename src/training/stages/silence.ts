/** Which codes are silence: sampling never draws them, as a small prior finds no way out. */

import { type CodedSong, silentCode } from "../../dataset/coded-corpus.ts";
import { readCorpus } from "../../dataset/corpus-files.ts";
import { songsMark } from "../../dataset/own/learned.ts";
import { createEncoder } from "../../inference/encode.ts";
import type { ModelConfig } from "../../model/folder.ts";
import { hopsOf } from "../../model/vqvae.ts";
import { levelStore, type TrainingContext } from "./context.ts";

const SILENT_CODES = 256;

/**
 * What composed songs end with. What a user's songs end with may be anything: there it is what the encoder takes silence
 * for, or what the model begun with knows as such.
 */
export async function silenceAt(
  { preset, corpus, work }: TrainingContext,
  level: number,
  songs: readonly CodedSong[],
  known?: ModelConfig,
): Promise<readonly number[]> {
  if (songsMark(readCorpus(corpus)) === undefined) return [silentCode(songs, level)];
  const never = known?.priors[level]?.never;
  if (never) return never;
  const store = levelStore(work, level, preset.vqvae);
  const encoder = createEncoder({ level, size: preset.vqvae, store });
  const silence = await encoder.encode(new Float32Array(hopsOf(preset.vqvae)[level]! * SILENT_CODES));
  await encoder.close();
  return [silence[SILENT_CODES / 2]!];
}
