/** A released model's folder with weights that were never trained: its shape, its size on disk, its speed, and nothing else. */
import { mkdir } from "node:fs/promises";
import type { Checkpoint } from "../import/checkpoint.ts";
import { type ImportBits, type ImportedPart, importPart } from "../import/convert.ts";
import { describeModel } from "../import/model.ts";
import { type Network, type ReleasedModel, shapesOf } from "../import/released.ts";

export interface GenerateOptions {
  readonly folder: string;
  readonly bits: ImportBits;
  /** Only this level's prior, and the VQ-VAE. */
  readonly level?: number | undefined;
}

/** Goes through the importer, with numbers made up where a checkpoint's would be read. */
export async function generateModel(model: ReleasedModel, { folder, bits, level }: GenerateOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parts: ImportedPart[] = [];
  for (const [name, { network }] of Object.entries(model.parts)) {
    if (network.kind === "prior" && level !== undefined && network.level !== level) continue;
    parts.push(await importPart(madeUp(network), { folder, name, network, bits }));
  }
  await describeModel(model, folder, parts);
}

/** Dense layers in 16 bits, all else in 32, as the released ones are. */
export function madeUp(network: Network): Checkpoint {
  const shapes = shapesOf(network);
  const shapeOf = (name: string): readonly number[] => shapes.get(name)!;
  const typeOf = (name: string): "F16" | "F32" => (name.endsWith(".w") ? "F16" : "F32");
  return {
    name: "made up",
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

const NOISE = Float32Array.from({ length: 2 ** 16 + 1 }, (_, at) => 0.02 * Math.sin(at * at)); // far from periodic

/** The same small noise again and again, from another place in each tensor: good random numbers by the billion take minutes. */
function fill(numbers: Float32Array | Float16Array, seed: number): void {
  for (let at = 0, from = seed % NOISE.length; at < numbers.length; from = 0) {
    const part = NOISE.subarray(from, from + numbers.length - at);
    numbers.set(part, at);
    at += part.length;
  }
}

const seedOf = (name: string): number => [...name].reduce((all, letter) => (31 * all + letter.charCodeAt(0)) >>> 0, 7);
