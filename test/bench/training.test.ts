/** The benchmark of training steps, with the smallest preset. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { trainingSpeed } from "../../src/bench/training.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import { presets } from "../../src/training/presets.ts";

test("a training step of each VQ-VAE level and each prior is run, and its operations are counted", async () => {
  const preset = presets.tiny!;
  const priors = preset.priors.map(
    ({ size }): PriorSize => ({
      ...size,
      bins: 32,
      labels: { artists: 3, genres: 3, maxGenres: 1 },
      tied: false,
      labelsEverywhere: true,
      timing: preset.timing,
      addCondition: false,
    }),
  );
  const { steps, productFlopsPerSecond } = await trainingSpeed(priors, preset, { threads: 1, limitSeconds: 0.01 });
  assert.deepEqual(
    steps.map(({ name }) => name),
    ["vqvae 0", "vqvae 1", "vqvae 2", "prior 0", "prior 1", "prior 2"],
  );
  for (const { flops, secondsPerStep, flopsPerSecond, codesPerSecond } of steps) {
    assert.ok(flops > 1e6 && codesPerSecond > 0);
    assert.equal(flopsPerSecond, flops / secondsPerStep);
  }
  assert.ok(productFlopsPerSecond > 1e6);
});
