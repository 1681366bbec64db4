/** The line that a training tells: everything that one would ask, and nothing that is not known yet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLine } from "../../src/training/progress.ts";

const clock = {
  left: (step: number) => ({ steps: 400 - step, seconds: (400 - step) * 0.5 }),
  secondsPerStep: () => 0.5,
};

test("a prior tells loss, held-out loss, rate, codes a second and minutes left", () => {
  const moment = { step: 100, loss: 5.1234, rate: 1.5e-3 };
  const throughput = { codes: 2048 };
  assert.equal(
    progressLine({ moment, validation: "5.301", throughput }, clock),
    "step 100 of 400  loss 5.123  validation 5.301  rate 1.5e-3  4096 codes/s  2.5 min left",
  );
  assert.equal(
    progressLine({ moment, throughput }, clock),
    "step 100 of 400  loss 5.123  rate 1.5e-3  4096 codes/s  2.5 min left",
  );
  assert.equal(
    progressLine({ moment, throughput }, { ...clock, left: () => ({ seconds: 150 }) }),
    "step 100  loss 5.123  rate 1.5e-3  4096 codes/s  2.5 min left",
  );
});

test("a VQ-VAE tells what its loss is made of, its codes in use, and how much sound it hears a second as well", () => {
  const line = progressLine(
    {
      moment: { step: 280, loss: 0.5, rate: 9.96e-4 },
      parts: { recons: 0.25, commit: 0.0625 },
      validation: "-9.10 dB",
      usage: { used: 1800, bins: 2048 },
      throughput: { codes: 5504, seconds: 4 },
    },
    clock,
  );
  assert.equal(
    line,
    "step 280 of 400  loss 0.500 (recons 0.250, commit 0.063)  validation -9.10 dB  1800 of 2048 codes in use  rate 1.0e-3  11008 codes/s  8.00 × real time  1.0 min left",
  );
});
