/** Which windows fill a level: the spec's numbers, and what must hold for every song. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { starts, windows } from "../../src/inference/windows.ts";

test("10.1, check 11: windows start where the spec says", () => {
  assert.deepEqual(starts(27560, 8192, 4096), [0, 4096, 8192, 12288, 16384, 19368]);
  assert.deepEqual(starts(10335, 8192, 1024), [0, 1024, 2048, 2143]);
  assert.deepEqual(starts(8192, 8192, 4096), [0]);
  assert.deepEqual(starts(100, 8192, 4096), [0]);
});

test("every code after the prompt is made exactly once, and every window but a short first one is full", () => {
  for (const nCtx of [8, 64]) {
    for (const hop of [1, 5, 8, nCtx]) {
      for (let total = 1; total < 4 * nCtx; total += 3) {
        for (const prompt of [0, 1, nCtx - 1, nCtx + 3, total - 1]) {
          if (prompt >= total || prompt < 0) continue;
          let made = prompt;
          for (const { start, end, prefix } of windows({ total, nCtx, hop, prompt })) {
            assert.equal(start + prefix, Math.max(made, start), `${total} codes, prompt ${prompt}`);
            assert.ok(start + prefix <= made && end > made, "no gap, and something new");
            assert.equal(end - start, Math.min(nCtx, total));
            made = end;
          }
          assert.equal(made, total);
        }
      }
    }
  }
});
