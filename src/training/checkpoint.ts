/** A training on disk: written whole or not at all, and resumed as if it had never stopped. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { readSafetensors, writeSafetensors } from "../model/safetensors.ts";
import type { TrainingState } from "./stepper.ts";

/** Writes all state; `plan` is whatever must not change when the training goes on (sizes, seed, planned steps). */
export function saveCheckpoint(path: string, { steps, store }: TrainingState, plan: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeSafetensors(path, store, { notes: { steps: String(steps), plan: JSON.stringify(plan) } });
}

/** What was saved, or nothing if nothing was. Refuses a checkpoint of another plan. */
export function loadCheckpoint(path: string, plan: unknown): TrainingState | undefined {
  if (!existsSync(path)) return undefined;
  const { store, notes } = readSafetensors(path);
  const steps = Number(notes.steps);
  if (!Number.isSafeInteger(steps) || steps < 0)
    throw new UserError(`${path} does not say how far the training had come.`);
  if (notes.plan !== JSON.stringify(plan))
    throw new UserError(`${path} belongs to another plan: it was ${notes.plan}. Delete it to start anew.`);
  return { steps, store };
}
