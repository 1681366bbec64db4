/** What an evaluation needs: options, the opened model, and the songs to look at. */

import type { Split } from "../corpus/plan.ts";
import { type CorpusSong, readCorpus } from "../dataset/corpus-files.ts";
import { UserError } from "../errors.ts";
import { type Codec, openCodec } from "../inference/codec.ts";
import { type ModelConfig, openModelFolder, readModelConfig } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { chosen } from "./clips.ts";
import type { Chooser } from "./recogniser.ts";

export interface EvaluationOptions {
  /** Folders. */
  readonly model: string;
  readonly corpus: string;
  /** The codes of the whole corpus; where there is no such folder, the songs looked at are encoded. */
  readonly codes?: string;
  /** Folder of the training's checkpoints, which tell how long it took. */
  readonly work?: string;
  /** Generated clips of each pair. */
  readonly clips: number;
  /** At most so many training songs. */
  readonly songs: number;
  /** At most so many validation songs, and as many of held-out pairs. */
  readonly left: number;
  /** Of a clip. */
  readonly seconds: number;
  /** Seconds of a longer clip, one of each genre, whose tempo, key and chords are measured. */
  readonly long: number;
  /** At most so many sung lines of each kind for the speech recogniser. */
  readonly lines: number;
  /** The speech recogniser; opened if left out and songs are sung. */
  readonly choose?: Chooser;
  readonly threads: number;
  readonly report?: (line: string) => void;
}

export interface EvaluationContext extends EvaluationOptions {
  readonly config: ModelConfig;
  readonly vqvae: Store;
  readonly all: readonly CorpusSong[];
  /** Training songs, validation songs, and songs of held-out pairs. */
  readonly train: readonly CorpusSong[];
  readonly valid: readonly CorpusSong[];
  readonly heldOut: readonly CorpusSong[];
  /** Samples of a clip. */
  readonly samples: number;
  readonly codecs: readonly Codec[];
  report(line: string): void;
}

/** The caller closes the codecs. */
export async function prepare(options: EvaluationOptions): Promise<EvaluationContext> {
  const { model, corpus, songs, left, seconds, threads, report = () => {} } = options;
  const config = await readModelConfig(model);
  const { store } = await openModelFolder(model, "vqvae");
  const coarsest = hopsOf(config.vqvae).at(-1)!;
  const samples = Math.floor((seconds * config.sampleRate) / coarsest) * coarsest;
  const all = readCorpus(corpus);
  const ofSplit = (split: Split, most: number): CorpusSong[] =>
    chosen(
      all.filter((song) => song.split === split && song.samples >= samples),
      most,
    );
  const [train, valid, heldOut] = [ofSplit("train", songs), ofSplit("valid", left), ofSplit("heldout-pair", left)];
  if (train.length === 0 || valid.length === 0)
    throw new UserError(`The corpus in "${corpus}" has no songs of ${seconds} s to train on, or none for validation.`);
  const codecs: Codec[] = [];
  for (const level of config.priors.keys()) codecs.push(await openCodec(level, { size: config.vqvae, store, threads }));
  return { ...options, report, config, vqvae: store, all, train, valid, heldOut, samples, codecs };
}
