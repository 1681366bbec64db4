/** The decoder of a level learns on alone, from the songs as codes. */
import { join } from "node:path";
import { readSafetensors } from "../../model/safetensors.ts";
import { readCorpus } from "../corpus/files.ts";
import { trainDecoder } from "../decoder.ts";
import { checkBegun } from "../own/learned.ts";
import { copiesOf } from "../samples.ts";
import {
  codesFolder,
  decoderWeights,
  drawing,
  drawProgress,
  sampleOptions,
  sampling,
  vqvaeWeights,
  type Workshop,
} from "./workshop.ts";

export async function decoderStage(shop: Workshop, level: number): Promise<void> {
  const { preset, corpus, work, scale, seed, threads, signal } = shop;
  checkBegun(readCorpus(corpus), work, shop.out);
  const plan = preset.decoderPlans[level]!;
  await trainDecoder({
    level,
    size: preset.vqvae,
    sampleRate: preset.sampleRate,
    plan: { ...plan, seed: seed + level, steps: Math.round(plan.steps * scale) },
    from: readSafetensors(vqvaeWeights(work, level)).store,
    corpus,
    codes: codesFolder(work),
    ...sampling(shop, () => copiesOf(level, corpus, sampleOptions(shop), "decoder")),
    checkpoint: join(work, `decoder.${level}.checkpoint.safetensors`),
    weights: decoderWeights(work, level),
    threads,
    tell: drawing(shop),
    signal,
  });
  drawProgress(shop);
  signal.throwIfAborted();
}
