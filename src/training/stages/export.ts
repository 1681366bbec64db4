/** The model's folder: all weights in one file, and what describes them. */
import { basename } from "node:path";
import { namesOf, readCodedCorpus } from "../../dataset/coded-corpus.ts";
import { readCorpus } from "../../dataset/corpus-files.ts";
import { songsMark } from "../../dataset/own/learned.ts";
import { type ModelConfig, partPrefix, readModelConfig, writeModelFolder } from "../../model/folder.ts";
import { readSafetensors } from "../../model/safetensors.ts";
import type { Store } from "../../model/weights.ts";
import { codecStore, codesFolder, priorWeights, type TrainingContext } from "./context.ts";
import { sizeOf } from "./prior.ts";
import { silenceAt } from "./silence.ts";

/** Puts all weights in one file, dense layers of the priors in 8 bits and all else in 16, and describes them. */
export async function exportStage(context: TrainingContext): Promise<void> {
  const { preset, out, corpus, work, from } = context;
  const known = from === undefined ? undefined : await readModelConfig(from);
  const songs = readCorpus(corpus);
  const names = namesOf(songs, known);
  const own = songsMark(songs) !== undefined;
  const levels = preset.priors.map((_, level) => level);
  const parts = levels.flatMap((level) => [
    ...codecStore(work, level, preset.vqvae),
    ...renamed(partPrefix(level), readSafetensors(priorWeights(work, level)).store),
  ]);
  const { train } = readCodedCorpus(corpus, { folder: codesFolder(work), levels }, known);
  const silent: (readonly number[])[] = [];
  for (const level of levels) silent.push(await silenceAt(context, level, train, known));
  const config: Omit<ModelConfig, "weights"> = {
    name: own ? basename(out) : (preset.name ?? basename(out)),
    sampleRate: preset.sampleRate,
    vqvae: preset.vqvae,
    priors: levels.map((level) => ({ ...sizeOf(preset, level, names), never: silent[level]! })),
    hopFractions: preset.priors.map(({ hopFraction }) => hopFraction),
    temperatures: preset.priors.map(({ temperature }) => temperature),
    ...(preset.priors.some(({ guidance }) => guidance) && {
      guidance: preset.priors.map(({ guidance = 1 }) => guidance),
    }),
    ...names,
    minSeconds: preset.seconds.min,
    maxSeconds: preset.seconds.max,
  };
  await writeModelFolder(out, config, new Map(parts), { compact: true });
}

const renamed = (prefix: string, store: Store) => [...store].map(([name, value]) => [prefix + name, value] as const);
