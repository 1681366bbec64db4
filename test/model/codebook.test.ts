/** How a codebook learns, against spec 10.1's example and a slow loop. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countCodes, restartThreshold, updateCodebook } from "../../src/model/codebook.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floats, floatsOf, ints, openSession } from "../../src/onnx/session.ts";
import { noise, seeded } from "../support/random.ts";

interface Batch {
  readonly k: Float32Array;
  readonly sums: Float32Array;
  readonly counts: Float32Array;
  readonly rows: Float32Array;
  readonly codes: Int32Array;
  readonly restarts: Int32Array;
}

async function update(batch: Batch, width: number, threshold = 1): Promise<Record<string, Float32Array>> {
  const [bins, count] = [batch.counts.length, batch.codes.length];
  const graph = new Graph();
  const codes = graph.input("codes", "int32", [count]);
  const next = updateCodebook(
    {
      k: graph.input("k", "float32", [bins, width]),
      sums: graph.input("sums", "float32", [bins, width]),
      counts: graph.input("counts", "float32", [bins]),
    },
    {
      rows: graph.input("rows", "float32", [count, width]),
      codes,
      restarts: graph.input("restarts", "int32", [bins]),
      mu: 0.99,
      threshold,
    },
  );
  for (const [name, value] of Object.entries(next)) graph.output(`next.${name}`, value);
  graph.output("used", countCodes(codes, bins));
  const session = await openSession(graph);
  const out = await session.run({
    k: floats(batch.k, [bins, width]),
    sums: floats(batch.sums, [bins, width]),
    counts: floats(batch.counts, [bins]),
    rows: floats(batch.rows, [count, width]),
    codes: ints(batch.codes, [count]),
    restarts: ints(batch.restarts, [bins]),
  });
  await session.close();
  return Object.fromEntries(Object.keys(out).map((name) => [name, floatsOf(out, name)]));
}

const rounded = (numbers: Float32Array | undefined): number[] => Array.from(numbers!, (one) => Number(one.toFixed(6)));

test("10.1, check 17: a code moves towards its rows, and one without rows starts again at a row", async () => {
  const out = await update(
    {
      k: Float32Array.of(1, 0, 5, 5),
      sums: Float32Array.of(1, 0, 5, 5),
      counts: Float32Array.of(1, 1),
      rows: Float32Array.of(1, 2, 2, 0, 3, 1, 2, 1, 2, 1), // sum (10, 5)
      codes: new Int32Array(5),
      restarts: Int32Array.of(0, 2),
    },
    2,
  );
  assert.deepEqual(rounded(out["next.sums"]), [1.09, 0.05, 4.95, 4.95]);
  assert.deepEqual(rounded(out["next.counts"]), [1.04, 0.99]);
  assert.deepEqual(rounded(out["next.k"]), [1.048077, 0.048077, 3, 1]);
  assert.deepEqual([...out.used!], [5, 0]);
});

test("many codes move as a slow loop says", async () => {
  const [bins, width, count, threshold] = [20, 3, 50, 0.9];
  const random = seeded(9);
  const whole = (below: number): number => Math.floor(random() * below);
  const batch: Batch = {
    k: noise(bins * width, random),
    sums: noise(bins * width, random),
    counts: Float32Array.from({ length: bins }, () => 0.5 + random()),
    rows: noise(count * width, random),
    codes: Int32Array.from({ length: count }, () => whole(bins)),
    restarts: Int32Array.from({ length: bins }, () => whole(count)),
  };
  const out = await update(batch, width, threshold);
  let restarted = 0;
  for (let code = 0; code < bins; code++) {
    const mine = [...batch.codes.keys()].filter((row) => batch.codes[row] === code);
    const weight = 0.99 * batch.counts[code]! + 0.01 * mine.length;
    if (weight < threshold) restarted++;
    for (let i = 0; i < width; i++) {
      const sum = mine.reduce((all, row) => all + batch.rows[row * width + i]!, 0);
      const moved = (0.99 * batch.sums[code * width + i]! + 0.01 * sum) / weight;
      const expected = weight < threshold ? batch.rows[batch.restarts[code]! * width + i]! : moved;
      assert.ok(Math.abs(out["next.k"]![code * width + i]! - expected) < 1e-5);
    }
  }
  assert.ok(restarted > 0 && restarted < bins);
});

test("the threshold of a restart is lower where a batch has few rows", () => {
  assert.equal(restartThreshold(1024, 2048), 0.125);
  assert.equal(restartThreshold(100_000, 2048), 1);
});
