/** Generates a released model's folder with synthetic weights, to measure its size and speed without its checkpoint. */
import { mkdir } from "node:fs/promises";
import type { Checkpoint } from "../import/checkpoint.ts";
import { type ImportBits, type ImportedPart, importPart } from "../import/convert.ts";
import { describeModel } from "../import/model.ts";
import { type Network, type ReleasedModel, shapesOf } from "../import/released.ts";

export interface GenerateModelOptions {
  readonly folder: string;
  readonly bits: ImportBits;
  /** Only this level's prior, beside the VQ-VAE. */
  readonly level?: number | undefined;
}

/** Writes a model folder with the importer, which reads a synthetic checkpoint. */
export async function generateModel(
  model: ReleasedModel,
  { folder, bits, level }: GenerateModelOptions,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parts: ImportedPart[] = [];
  for (const [name, { network }] of Object.entries(model.parts)) {
    if (network.kind === "prior" && level !== undefined && network.level !== level) continue;
    parts.push(await importPart(syntheticCheckpoint(network), { folder, name, network, bits }));
  }
  await describeModel(model, folder, parts);
}

/** A checkpoint with the released one's shapes and types: dense layers in float16, the rest in float32. */
export function syntheticCheckpoint(network: Network): Checkpoint {
  const shapes = shapesOf(network);
  const shapeOf = (name: string): readonly number[] => shapes.get(name)!;
  const typeOf = (name: string): "F16" | "F32" => (name.endsWith(".w") ? "F16" : "F32");
  return {
    name: "synthetic",
    step: undefined,
    names: () => [...shapes.keys()],
    shapeOf,
    typeOf,
    same: (one, other) => one === other,
    read: (name) => {
      const count = shapeOf(name).reduce((all, size) => all * size, 1);
      const numbers = typeOf(name) === "F16" ? new Float16Array(count) : new Float32Array(count);
      if (isGain(name)) numbers.fill(1);
      else fill(numbers, seedOf(name));
      return numbers;
    },
    close: () => {},
  };
}

const isGain = (name: string): boolean => /\bln(_\d)?\.weight$/.test(name);

const NOISE = Float32Array.from({ length: 2 ** 16 + 1 }, (_, at) => 0.02 * Math.sin(at * at)); // not periodic

/**
 * Fills a tensor with repeated noise from an offset of its own; true random numbers would take minutes for billions.
 */
function fill(numbers: Float32Array | Float16Array, seed: number): void {
  for (let at = 0, from = seed % NOISE.length; at < numbers.length; from = 0) {
    const part = NOISE.subarray(from, from + numbers.length - at);
    numbers.set(part, at);
    at += part.length;
  }
}

const seedOf = (name: string): number => [...name].reduce((all, letter) => (31 * all + letter.charCodeAt(0)) >>> 0, 7);
