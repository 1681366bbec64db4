/** What a stage finds of the stages before it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { writeSafetensors } from "../../src/model/safetensors.ts";
import { codecStore } from "../../src/training/stages/context.ts";
import { temporaryFolder } from "../support/folder.ts";
import { smallVqvae } from "../support/small-vqvae.ts";

test("a level is heard with its VQ-VAE's decoder, and with the one that learned on alone once there is one", (t) => {
  const work = temporaryFolder(t);
  const write = (part: string, weights: Record<string, number>): void => {
    const store = Object.entries(weights).map(
      ([name, value]) => [name, { shape: [1], data: Float32Array.of(value) }] as const,
    );
    writeSafetensors(join(work, `${part}.1.safetensors`), new Map(store), { notes: {} });
  };
  const found = (): Record<string, number> =>
    Object.fromEntries([...codecStore(work, 1, smallVqvae)].map(([name, { data }]) => [name, data[0]!]));
  write("vqvae", { encoder: 1, decoder: 2 });
  assert.deepEqual(found(), { encoder: 1, decoder: 2 });
  write("decoder", { decoder: 3 });
  assert.deepEqual(found(), { encoder: 1, decoder: 3 });
});

test("a level that reads the one above brings its encoder and its codebook along", (t) => {
  const work = temporaryFolder(t);
  for (const level of [0, 1]) {
    const store = new Map([[`encoders.${level}`, { shape: [1], data: Float32Array.of(level) }]]);
    writeSafetensors(join(work, `vqvae.${level}.safetensors`), store, { notes: {} });
  }
  const size = { ...smallVqvae, downsT: [1, 0], readsAbove: [true, false] };
  assert.deepEqual([...codecStore(work, 0, size).keys()], ["encoders.1", "encoders.0"]);
  assert.deepEqual([...codecStore(work, 1, size).keys()], ["encoders.1"]);
  assert.deepEqual([...codecStore(work, 0, smallVqvae).keys()], ["encoders.0"]);
});
