/** A model's folder: config.json says what it is, safetensors files hold its weights; all is checked before use. */
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkedConfig, type ModelConfig, type Refuse } from "./config.ts";
import { compactForms, halfForm, unpacked } from "./packing.ts";
import {
  openSafetensors,
  type PendingTensor,
  readSafetensors,
  streamSafetensors,
  writeSafetensors,
} from "./safetensors.ts";
import { checksumOf, damaged, sizeOf, verifyWeights } from "./verify.ts";
import type { Store } from "./weights.ts";

export type { ModelConfig };

const MAX_CONFIG_BYTES = 4 * 2 ** 20;

/** Reads config.json and verifies size and checksum of the weights. Throws a UserError that says what to do. */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const config = await readConfig(folder);
  await verifyWeights(folder, config.weights);
  return config;
}

/**
 * The config, and the weights of one prior (by level, named as in the released files) or of the VQ-VAE; those of files that
 * are of one part stay there. Size and checksum are `readModelConfig`'s to verify, once a start.
 */
export async function openModelFolder(folder: string, part: Part): Promise<{ config: ModelConfig; store: Store }> {
  const config = await readConfig(folder);
  const tensors = config.weights
    .filter(({ part: only }) => only === undefined || only === part)
    .flatMap(({ file, part: only }) => {
      const path = join(folder, file);
      return [...(only === undefined ? readPart(path, part, config.priors) : openSafetensors(path).store)];
    });
  return { config, store: new Map(tensors) };
}

type Part = "vqvae" | number;

/** From a file that holds all parts. What was packed there is numbers again, as sampling packs as many layers as it is told. */
function readPart(path: string, part: Part, priors: ModelConfig["priors"]): Store {
  const prefix = part === "vqvae" ? "" : partPrefix(part);
  const wanted = (name: string): boolean => (part === "vqvae" ? !name.startsWith("level_") : name.startsWith(prefix));
  const { store } = readSafetensors(path, wanted);
  const found = new Map([...store].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  if (part === "vqvae") return found;
  return unpacked(found, priors[part]!, (name) => {
    throw damaged(path, `${prefix}${name} is not packed as config.json has it`);
  });
}

/** What a prior's names begin with in the weights file. */
export const partPrefix = (level: number): string => `level_${level}.`;

/**
 * Writes a model's folder: the weights first, so that a config never speaks of weights that aren't there. Compact ones are
 * those that sampling uses: dense layers of priors in 8 bits, all else in 16.
 */
export async function writeModelFolder(
  folder: string,
  config: Omit<ModelConfig, "weights">,
  store: Store,
  { compact = false } = {},
): Promise<void> {
  const file = "weights.safetensors";
  const path = join(folder, file);
  await mkdir(folder, { recursive: true });
  if (compact) await streamSafetensors(path, compactTensors(config.priors, store));
  else writeSafetensors(path, store);
  await writeConfig(folder, {
    ...config,
    weights: [{ file, bytes: (await stat(path)).size, sha256: await checksumOf(path) }],
  });
}

function compactTensors(priors: ModelConfig["priors"], store: Store): PendingTensor[] {
  const parts = priors.flatMap((size, level) => {
    const prefix = partPrefix(level);
    const own = [...store].filter(([name]) => name.startsWith(prefix));
    return compactForms(new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor])), size, prefix);
  });
  const others = [...store].filter(([name]) => !name.startsWith("level_"));
  return [...others.map(([name, tensor]) => halfForm(name, tensor)), ...parts].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/** Writes config.json alone: the weights are there. */
export async function writeConfig(folder: string, config: ModelConfig): Promise<void> {
  const path = join(folder, "config.json");
  await writeFile(path, `${JSON.stringify(checkedConfig(config, refusal(path)), undefined, 2)}\n`);
}

async function readConfig(folder: string): Promise<ModelConfig> {
  const path = join(folder, "config.json");
  const size = await sizeOf(path);
  if (size > MAX_CONFIG_BYTES) throw damaged(path, `it has ${size} bytes`);
  return checkedConfig(parsed(path, await readFile(path, "utf8")), refusal(path));
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(path, "it can't be read as JSON", cause);
  }
}

const refusal =
  (path: string): Refuse =>
  (what) => {
    throw damaged(path, what);
  };
