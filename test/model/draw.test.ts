/** Drawing inside the graph against the plain rule: the same number decides the same code. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { drawFeeds } from "../../src/inference/draws.ts";
import { draw, drawInputs } from "../../src/model/draw.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floats, openSession, type Session } from "../../src/onnx/session.ts";
import { type SlowSampling, slowDraw, slowProbabilities } from "../oracle/draw.ts";
import { seeded } from "../support/random.ts";

const classes = 60;
/** Numbers this close to a border may be decided either way: the graph computes in float32. */
const doubt = 1e-5;
let session: Session;

before(async () => {
  const graph = new Graph();
  const logits = graph.input("logits", "float32", ["draws", classes]);
  graph.output("id", draw(logits, graph.input("uniform", "float32", ["draws", 1]), drawInputs(graph)));
  session = await openSession(graph);
});

after(() => session.close());

async function drawn(logits: Float64Array, uniform: number, sampling: SlowSampling): Promise<number> {
  const { id } = await session.run({
    logits: floats(Float32Array.from(logits), [1, classes]),
    uniform: floats(Float32Array.of(uniform), [1, 1]),
    ...drawFeeds([sampling]),
  });
  return (id!.data as Int32Array)[0]!; // int32 by the graph's own type
}

/** Logits as a prior gives them, or rounded, so that many are equal. */
function logitsOf(seed: number): Float64Array {
  const random = seeded(seed);
  const step = seed % 2 === 0 ? 0.5 : 2 ** -20;
  return Float64Array.from(
    { length: classes },
    () => Math.round((8 * (random() + random() + random()) - 12) / step) * step,
  );
}

const settings: readonly SlowSampling[] = [0.3, 1, 1.7].flatMap((temperature) => [
  { temperature },
  ...[1, 2, 5, 17, classes - 1, classes, 5000].map((topK) => ({ temperature, topK })),
  ...[0.001, 0.3, 0.62, 0.9, 0.999, 1].map((topP) => ({ temperature, topP })),
]);

test("for any logits, ties among them, each setting draws what the plain rule draws", async () => {
  let [compared, doubtful] = [0, 0];
  for (let seed = 1; seed <= 20; seed++) {
    const logits = logitsOf(seed);
    const random = seeded(1000 + seed);
    for (const sampling of settings) {
      const { probabilities, margin } = slowProbabilities(logits, sampling);
      for (let turn = 0; turn < 4; turn++) {
        const uniform = Math.floor(random() * 2 ** 24) / 2 ** 24;
        const expected = slowDraw(probabilities, uniform);
        compared++;
        if (Math.min(margin, expected.margin) < doubt) doubtful++;
        else
          assert.equal(
            await drawn(logits, uniform, sampling),
            expected.id,
            JSON.stringify({ seed, sampling, uniform }),
          );
      }
    }
  }
  assert.ok(doubtful < compared / 50, `${doubtful} of ${compared} could not be told`);
});

test("every code that is kept has its own share of numbers, and the others have none", async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const logits = logitsOf(seed);
    for (const sampling of settings) {
      const { probabilities, margin } = slowProbabilities(logits, sampling);
      if (margin < doubt) continue;
      let running = 0;
      for (const [id, probability] of probabilities.entries()) {
        if (probability > 2 * doubt) assert.equal(await drawn(logits, running + probability / 2, sampling), id);
        running += probability;
      }
    }
  }
});

test("of equals top-k keeps all, and top-p those of lower ids", async () => {
  const logits = new Float64Array(classes).fill(-50);
  for (const id of [3, 10, 20, 21]) logits[id] = 2;
  const met = async (sampling: SlowSampling) => {
    const ids = new Set<number>();
    for (let at = 0; at < 64; at++) ids.add(await drawn(logits, (at + 0.5) / 64, sampling));
    return [...ids];
  };
  assert.deepEqual(await met({ temperature: 1, topK: 2 }), [3, 10, 20, 21]);
  assert.deepEqual(await met({ temperature: 1, topP: 0.3 }), [3, 10]);
  assert.deepEqual(await met({ temperature: 1, topP: 0.7 }), [3, 10, 20]);
});

test("the largest number there is draws no code that has no chance", async () => {
  const almost = 1 - 2 ** -24;
  for (let seed = 1; seed <= 60; seed++) {
    const logits = logitsOf(seed);
    logits[classes - 1] = -1e9; // as codes are that are never drawn
    for (const sampling of [{ temperature: 1 }, { temperature: 1, topK: 10 }, { temperature: 1, topP: 0.8 }]) {
      const id = await drawn(logits, almost, sampling);
      assert.ok(slowProbabilities(logits, sampling).probabilities[id]! > 0, `seed ${seed}: ${id}`);
    }
  }
});

test("a temperature of 0 draws the likeliest, whatever the filter", async () => {
  for (const filter of [{}, { topK: 3 }, { topP: 0.5 }]) {
    const logits = logitsOf(7);
    const best = logits.indexOf(Math.max(...logits));
    for (const uniform of [0, 0.5, 0.999])
      assert.equal(await drawn(logits, uniform, { temperature: 0, ...filter }), best);
  }
});
