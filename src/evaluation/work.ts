/** What an evaluation works with: options, the model opened, and the songs it looks at. */

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
  /** Clips sung of each pair. */
  readonly clips: number;
  /** Songs learned from that are looked at, at most. */
  readonly songs: number;
  /** Songs left out, and of pairs never learned from, at most so many of each. */
  readonly left: number;
  /** Of a clip. */
  readonly seconds: number;
  /** Seconds of a longer clip, one of each genre, whose beat and key are watched. */
  readonly long: number;
  /** Sung lines of each kind, at most, that a recogniser is asked about. */
  readonly lines: number;
  /** The recogniser; ours is opened if it is left out and somebody sings. */
  readonly choose?: Chooser;
  readonly threads: number;
  readonly report?: (line: string) => void;
}

/** All that is needed along the way. */
export interface Work extends EvaluationOptions {
  readonly config: ModelConfig;
  readonly vqvae: Store;
  readonly all: readonly CorpusSong[];
  /** Songs looked at: learned from by the model, left out, and of pairs never learned from. */
  readonly train: readonly CorpusSong[];
  readonly valid: readonly CorpusSong[];
  readonly apart: readonly CorpusSong[];
  /** Samples of a clip. */
  readonly samples: number;
  readonly codecs: readonly Codec[];
  report(line: string): void;
}

/** Opens all of it; the caller closes the codecs. */
export async function prepare(options: EvaluationOptions): Promise<Work> {
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
  const [train, valid, apart] = [ofSplit("train", songs), ofSplit("valid", left), ofSplit("heldout-pair", left)];
  if (train.length === 0 || valid.length === 0)
    throw new UserError(
      `The corpus in "${corpus}" has no songs of ${seconds} s to learn from, or none left out to judge by.`,
    );
  const codecs: Codec[] = [];
  for (const level of config.priors.keys()) codecs.push(await openCodec(level, { size: config.vqvae, store, threads }));
  return { ...options, report, config, vqvae: store, all, train, valid, apart, samples, codecs };
}
