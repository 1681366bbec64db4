/** What checkpoints tell of how long each part was trained. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { trainedParts } from "../../src/evaluation/trained.ts";
import { saveCheckpoint } from "../../src/training/checkpoint.ts";
import { temporaryFolder } from "../support/folder.ts";

test("of each checkpoint that is there, steps, windows, rate and part are told: codecs, their decoders, priors", (t) => {
  const work = temporaryFolder(t);
  const save = (part: string, steps: number, plan: unknown): void =>
    saveCheckpoint(join(work, `${part}.checkpoint.safetensors`), { steps, store: new Map() }, plan);
  save("prior.1", 30, { size: { nCtx: 64 }, batch: 3, rate: 0.002 });
  save("decoder.0", 20, { level: 0, plan: { batch: 2, samples: 500, rate: 0.003, steps: 25 } });
  save("vqvae.0", 10, { level: 0, plan: { batch: 4, samples: 1000, rate: 0.001, steps: 15 } });
  assert.deepEqual(trainedParts(work, 2), [
    { part: "VQ-VAE", level: 0, steps: 10, batch: 4, length: 1000, rate: 0.001 },
    { part: "decoder", level: 0, steps: 20, batch: 2, length: 500, rate: 0.003 },
    { part: "prior", level: 1, steps: 30, batch: 3, length: 64, rate: 0.002 },
  ]);
  save("decoder.1", 20, {});
  assert.throws(() => trainedParts(work, 2), /decoder\.1.* says nothing of its plan/);
});
