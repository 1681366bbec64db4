/** What a stage finds of the stages before it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { writeSafetensors } from "../../src/model/safetensors.ts";
import { codecStore } from "../../src/training/stages/context.ts";
import { temporaryFolder } from "../support/folder.ts";

test("a level is heard with its VQ-VAE's decoder, and with the one that learned on alone once there is one", (t) => {
  const work = temporaryFolder(t);
  const write = (part: string, weights: Record<string, number>): void => {
    const store = Object.entries(weights).map(
      ([name, value]) => [name, { shape: [1], data: Float32Array.of(value) }] as const,
    );
    writeSafetensors(join(work, `${part}.1.safetensors`), new Map(store), { notes: {} });
  };
  const found = (): Record<string, number> =>
    Object.fromEntries([...codecStore(work, 1)].map(([name, { data }]) => [name, data[0]!]));
  write("vqvae", { encoder: 1, decoder: 2 });
  assert.deepEqual(found(), { encoder: 1, decoder: 2 });
  write("decoder", { decoder: 3 });
  assert.deepEqual(found(), { encoder: 1, decoder: 3 });
});
