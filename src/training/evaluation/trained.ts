/** How long each part of a model was trained, as its checkpoints tell. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "../../model/safetensors.ts";

/** What the parts' checkpoints are called. */
const FILES = { "VQ-VAE": "vqvae", decoder: "decoder", prior: "prior" } as const;

export interface TrainedPart {
  readonly part: keyof typeof FILES;
  readonly level: number;
  readonly steps: number;
  /** Clips or windows a step. */
  readonly batch: number;
  /** Samples of a clip, or codes of a window. */
  readonly length: number;
  /** Highest rate. */
  readonly rate: number;
}

/** What checkpoints hold about the plan, by their own names. */
interface Plans {
  readonly plan?: { readonly batch: number; readonly samples: number; readonly rate: number };
  readonly size?: { readonly nCtx: number };
  readonly batch?: number;
  readonly rate?: number;
}

/** Of every checkpoint that is there. */
export function trainedParts(work: string, levels: number): TrainedPart[] {
  const found = (["VQ-VAE", "decoder", "prior"] as const).flatMap((part) =>
    Array.from({ length: levels }, (_, level) => readPart(work, part, level)),
  );
  return found.filter((one) => one !== undefined);
}

function readPart(work: string, part: TrainedPart["part"], level: number): TrainedPart | undefined {
  const path = join(work, `${FILES[part]}.${level}.checkpoint.safetensors`);
  if (!existsSync(path)) return undefined;
  const { notes } = readSafetensors(path, () => false);
  const { plan, size, batch, rate } = JSON.parse(notes.plan ?? "{}") as Plans; // our own files
  const told = part === "prior" ? { batch, length: size?.nCtx, rate } : { ...plan, length: plan?.samples };
  const steps = Number(notes.steps);
  if (told.batch === undefined || told.length === undefined || told.rate === undefined || !(steps >= 0))
    throw new Error(`${path} tells nothing of its plan`);
  return { part, level, steps, batch: told.batch, length: told.length, rate: told.rate };
}
