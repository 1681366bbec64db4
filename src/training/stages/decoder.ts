/** The decoder of a level learns on alone, from the songs as codes. */
import { readSafetensors } from "../../model/safetensors.ts";
import { readCorpus } from "../corpus/files.ts";
import { trainDecoder } from "../decoder.ts";
import { checkBegun } from "../own/learned.ts";
import { codecTraining, codesFolder, drawProgress, vqvaeWeights, type Workshop } from "./workshop.ts";

export async function decoderStage(shop: Workshop, level: number): Promise<void> {
  const { preset, corpus, work, scale, seed, signal } = shop;
  checkBegun(readCorpus(corpus), work, shop.out);
  const plan = preset.decoderPlans[level]!;
  await trainDecoder({
    ...codecTraining(shop, level, "decoder"),
    plan: { ...plan, seed: seed + level, steps: Math.round(plan.steps * scale) },
    from: readSafetensors(vqvaeWeights(work, level)).store,
    codes: codesFolder(work),
  });
  drawProgress(shop);
  signal.throwIfAborted();
}
