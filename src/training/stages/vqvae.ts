/** A level of the VQ-VAE: learned, or another model's; and the songs as its codes. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCorpus } from "../../dataset/corpus-files.ts";
import { encodeCorpus } from "../../dataset/encode-corpus.ts";
import { checkBegun, songsMark } from "../../dataset/own/learned.ts";
import { UserError } from "../../errors.ts";
import { openModelFolder } from "../../model/folder.ts";
import { readSafetensors, writeSafetensors } from "../../model/safetensors.ts";
import type { Store } from "../../model/weights.ts";
import { trainVqvae } from "../vqvae.ts";
import {
  aboveStore,
  codecTraining,
  codesFolder,
  drawProgress,
  levelStore,
  type TrainingContext,
  vqvaeWeights,
} from "./context.ts";

/** Learns to write sound as codes, and to read them. */
export async function vqvaeStage(context: TrainingContext, level: number): Promise<void> {
  const { preset, corpus, work, signal, scale, seed, from, begin } = context;
  if (from !== undefined) return keepVqvae(context, level, from);
  checkBegun(readCorpus(corpus), work, context.out);
  const plan = preset.vqvaePlans[level]!;
  const begun = begin === undefined ? undefined : await vqvaeOf(context, level, begin);
  const above = aboveStore(work, level, preset.vqvae);
  await trainVqvae({
    ...codecTraining(context, level, "vqvae"),
    ...(above && { above }),
    plan: { ...plan, seed: seed + level, steps: Math.round(plan.steps * scale) },
    ...(begun && { from: begun.part }),
  });
  drawProgress(context);
  signal.throwIfAborted();
}

/** The level's part of another model's VQ-VAE, as it is: priors that learn on must read the same codes. */
async function keepVqvae(context: TrainingContext, level: number, from: string): Promise<void> {
  const { name, part } = await vqvaeOf(context, level, from);
  mkdirSync(context.work, { recursive: true });
  writeSafetensors(vqvaeWeights(context.work, level), part, { notes: { steps: `of ${name}` } });
  context.report(`taken from ${from}`);
}

/** A level of another model's VQ-VAE, which has to be of the same size; `store` is all of that VQ-VAE. */
export async function vqvaeOf(
  { preset }: TrainingContext,
  level: number,
  from: string,
): Promise<{ name: string; part: Store; store: Store }> {
  const { config, store } = await openModelFolder(from, "vqvae");
  if (JSON.stringify(config.vqvae) !== JSON.stringify(preset.vqvae) || config.sampleRate !== preset.sampleRate)
    throw new UserError(`The model in "${from}" has another VQ-VAE than this preset.`);
  const own = new RegExp(`^((en|de)coders|bottleneck\\.level_blocks)\\.${level}\\.`);
  return { name: config.name, store, part: new Map([...store].filter(([tensor]) => own.test(tensor))) };
}

/** Writes every song as codes, once for these weights: only those that have come since. */
export async function codesStage(
  { preset, corpus, work, threads, report }: TrainingContext,
  level: number,
): Promise<void> {
  const weights = vqvaeWeights(work, level);
  const { notes } = readSafetensors(weights);
  const store = levelStore(work, level, preset.vqvae);
  const mark = join(codesFolder(work), `level.${level}.json`);
  const songs = readCorpus(corpus);
  const heard = songsMark(songs);
  const encoder = { size: preset.vqvae, steps: notes.steps, ...(heard && { weights: digestOf(weights) }) };
  const made = JSON.stringify({ ...encoder, songs: songs.length, ...(heard && { heard }) });
  const before = existsSync(mark) ? readFileSync(mark, "utf8") : "";
  if (before === made) return report("is there already");
  const onlyMissing = before.startsWith(`${JSON.stringify(encoder).slice(0, -1)},`);
  if (!onlyMissing) rmSync(mark, { force: true }); // from here on some codes are of these weights, and some are not
  const options = { level, size: preset.vqvae, store, corpus, out: codesFolder(work), onlyMissing };
  await encodeCorpus({ ...options, threads, report });
  writeFileSync(mark, made);
}

const digestOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
