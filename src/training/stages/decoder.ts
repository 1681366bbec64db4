/** The decoder of a level learns on alone, from the songs as codes. */
import { readCorpus } from "../../dataset/corpus-files.ts";
import { checkBegun } from "../../dataset/own/learned.ts";
import { trainDecoder } from "../decoder.ts";
import { codecTraining, codesFolder, drawProgress, levelStore, type TrainingContext } from "./context.ts";

export async function decoderStage(context: TrainingContext, level: number): Promise<void> {
  const { preset, corpus, work, scale, seed, signal } = context;
  checkBegun(readCorpus(corpus), work, context.out);
  const plan = preset.decoderPlans[level]!;
  await trainDecoder({
    ...codecTraining(context, level, "decoder"),
    plan: { ...plan, seed: seed + level, steps: Math.round(plan.steps * scale) },
    from: levelStore(work, level, preset.vqvae),
    codes: codesFolder(work),
  });
  drawProgress(context);
  signal.throwIfAborted();
}
