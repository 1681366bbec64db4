/** How long each part of a model was trained, by its checkpoints. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "../model/safetensors.ts";

/** What is trained, and what its checkpoints are called. */
const PARTS = [
  ["VQ-VAE", "vqvae"],
  ["decoder", "decoder"],
  ["prior", "prior"],
] as const;

export interface TrainedPart {
  readonly part: (typeof PARTS)[number][0];
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
  const found = PARTS.flatMap(([part, file]) =>
    Array.from({ length: levels }, (_, level) => readPart(work, part, file, level)),
  );
  return found.filter((one) => one !== undefined);
}

function readPart(work: string, part: TrainedPart["part"], file: string, level: number): TrainedPart | undefined {
  const path = join(work, `${file}.${level}.checkpoint.safetensors`);
  if (!existsSync(path)) return undefined;
  const { notes } = readSafetensors(path, () => false);
  const { plan, size, batch, rate } = JSON.parse(notes.plan ?? "{}") as Plans; // our own files
  const known = part === "prior" ? { batch, length: size?.nCtx, rate } : { ...plan, length: plan?.samples };
  const steps = Number(notes.steps);
  if (known.batch === undefined || known.length === undefined || known.rate === undefined || !(steps >= 0))
    throw new Error(`${path} says nothing of its plan`);
  return { part, level, steps, batch: known.batch, length: known.length, rate: known.rate };
}
