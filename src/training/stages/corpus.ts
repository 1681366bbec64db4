/** The songs to learn from: composed and rendered, or taken from the user's folder. */

import { makeCorpus } from "../../dataset/make-corpus.ts";
import { importSongs } from "../../dataset/own/import.ts";
import { beginWith } from "../../dataset/own/learned.ts";
import { readModelConfig } from "../../model/folder.ts";
import { hopsOf } from "../../model/vqvae.ts";
import type { Preset } from "../presets.ts";
import type { TrainingContext } from "./context.ts";

/** Composes and renders the songs to learn from, or takes them from the user's folder. */
export async function corpusStage(context: TrainingContext): Promise<void> {
  const { preset, corpus, seed, threads, report, signal } = context;
  if (context.data !== undefined) return importStage(context, context.data);
  const onProgress = (done: number, songs: number): void => {
    if (done % 10 === 0 || done === songs) report(`${done} of ${songs} songs`);
  };
  await makeCorpus(corpus, { ...preset.corpus, seed, threads, onProgress, signal });
}

async function importStage(context: TrainingContext, data: string): Promise<void> {
  const { preset, corpus, work, out, from, threads, report, signal } = context;
  const known = from === undefined ? undefined : await readModelConfig(from);
  const leastSamples = leastSamplesOf(preset);
  const { sampleRate } = preset;
  const songs = await importSongs(data, {
    ...{ corpus, sampleRate, leastSamples, threads: Math.max(threads, 2), tell: report, signal },
    ...(known && { known }),
  });
  beginWith(songs, work, out);
}

/** Of the longest window of any prior, and of what the VQ-VAE hears at once. */
const leastSamplesOf = ({ priors, vqvae, vqvaePlans }: Preset): number =>
  Math.max(
    ...priors.map(({ size }, level) => size.nCtx * hopsOf(vqvae)[level]!),
    ...vqvaePlans.map(({ samples }) => samples),
  );
