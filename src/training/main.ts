/** `npm run train -- vqvae 2`: trains one level of a VQ-VAE, or goes on with it; `codes 2` then encodes the corpus. Ctrl-C saves first. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../errors.ts";
import { readSafetensors } from "../model/safetensors.ts";
import type { VqvaeSize } from "../model/vqvae.ts";
import { encodeCorpus } from "./codes.ts";
import { trainVqvae } from "./vqvae.ts";
import type { VqvaePlan } from "./vqvae-graph.ts";

const USAGE = `npm run train -- vqvae <level>     trains a level, or goes on with it
npm run train -- codes <level>     encodes the corpus with a trained level
  --model models/garage    sizes in its config.json, plans in its training.json
  --corpus data/corpus     --codes data/codes     --work data/train (checkpoints)     --threads 1`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string", default: "models/garage" },
    corpus: { type: "string", default: "data/corpus" },
    codes: { type: "string", default: "data/codes" },
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
  if (!plan) throw new UserError(USAGE);
  const weights = join(values.work, `vqvae.${level}.safetensors`);
  const checkpoint = join(values.work, `vqvae.${level}.checkpoint.safetensors`);
  const common = { level, size, corpus: values.corpus, threads: Number(values.threads), tell };
  if (what === "vqvae") await trainVqvae({ ...common, plan, sampleRate, checkpoint, weights, signal: stopped() });
  else if (what === "codes")
    await encodeCorpus({ ...common, store: readSafetensors(weights).store, out: values.codes });
  else throw new UserError(USAGE);
}

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

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
