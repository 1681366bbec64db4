/** `npm run train -- vqvae 2`: trains one level of a model's VQ-VAE, or goes on with it. Ctrl-C saves first. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../errors.ts";
import type { VqvaeSize } from "../model/vqvae.ts";
import { trainVqvae } from "./vqvae.ts";
import type { VqvaePlan } from "./vqvae-graph.ts";

const USAGE = `npm run train -- vqvae <level> [--model models/garage] [--corpus data/corpus] [--work data/train] [--threads 1]
  Sizes are in <model>/config.json, plans in <model>/training.json, the training itself in <work>.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string", default: "models/garage" },
    corpus: { type: "string", default: "data/corpus" },
    work: { type: "string", default: "data/train" },
    threads: { type: "string", default: "1" },
  },
});

async function main(): Promise<void> {
  const [what, level] = [positionals[0], Number(positionals[1])];
  const json = (name: string): unknown => JSON.parse(readFileSync(join(values.model, name), "utf8"));
  const { vqvae: size, sampleRate } = json("config.json") as { vqvae: VqvaeSize; sampleRate: number }; // our own files
  const { vqvae: plans } = json("training.json") as { vqvae: readonly VqvaePlan[] };
  const plan = plans[level];
  if (what !== "vqvae" || !plan) throw new UserError(USAGE);
  await trainVqvae({
    level,
    size,
    plan,
    sampleRate,
    corpus: values.corpus,
    checkpoint: join(values.work, `vqvae.${level}.checkpoint.safetensors`),
    weights: join(values.work, `vqvae.${level}.safetensors`),
    threads: Number(values.threads),
    signal: stopped(),
    tell: (line) => process.stderr.write(`${line}\n`),
  });
}

/** Aborts on Ctrl-C and on a polite kill. */
function stopped(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

await main().catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
