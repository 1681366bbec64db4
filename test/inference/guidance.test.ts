/** What a guided level compares with: the same length of nobody's music, without beat, key, mood and words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import { fill } from "../../src/inference/level.ts";
import { openPrior } from "../../src/inference/prior-sampler.ts";
import { priorLoss } from "../../src/model/captures.ts";
import { momentInput, type PriorSize } from "../../src/model/prior.ts";
import { stored } from "../../src/model/weights.ts";
import { momentsAt } from "../../src/music/metre.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floatsOf, ints, openSession, type Tensors } from "../../src/onnx/session.ts";
import { type GoldenPrior, golden, goldenStore } from "../golden/weights.ts";
import { goldenPriors } from "../support/golden-priors.ts";
import { seeded } from "../support/random.ts";

const guidance = 3;
const upper = Uint16Array.from({ length: 16 }, (_, at) => (at * 7) % 16);
const names = ["tick", "key", "mood", "phone"] as const;
const metre = {
  ...{ ticksPerBar: 4, samplesPerTick: 2, grain: 1, tempo: 1, key: 3 },
  sections: [{ section: 1, bars: 9, mood: 2 }],
  sung: [{ phone: 3, from: 0, to: 20 }],
};

test("a guided level sings what its song adds to nobody's music, which is told no moments at all", async () => {
  const { size: plain } = goldenPriors.find(({ name }) => name === "upsampler")!;
  const moments = names.map((name) => ({ name, rows: 5 }));
  const size: PriorSize = { ...plain, labelsEverywhere: true, moments };
  const random = seeded(7);
  const store = new Map(goldenStore(golden<GoldenPrior>("upsampler").shapes, true));
  for (const name of names)
    store.set(`y_emb.moment.${name}.emb.weight`, {
      shape: [5, size.width],
      data: Float32Array.from({ length: 5 * size.width }, () => random() - 0.5),
    });
  const prior = await openPrior(store, size, { guidance });
  const line = new CodeBuffer(size.nCtx, new Uint16Array(0));
  const job = {
    labels: { artist: 2, genres: [1], totalSeconds: 1, metre },
    seed: 1,
    sampling: { temperature: 0 },
    ...{ total: size.nCtx, prompt: 0, known: new Uint16Array(0) },
  };
  const options = { upper: new CodeBuffer(upper.length, upper), stopped: () => false, made: async () => undefined };
  await fill(prior, { level: 0, hop: 1, hopFraction: 1, sampleRate: 1 }, job, line, options);
  await prior.close();

  const graph = new Graph();
  graph.output("logits", priorLoss(stored(graph, store), size, 1).logits);
  const session = await openSession(graph);
  const logits = async (artist: number, genre: number, song?: typeof metre): Promise<Float32Array> => {
    const ids = momentsAt(song, moments, { start: 0, hop: 1, count: size.nCtx });
    const told: Tensors = {
      artist: ints(Int32Array.of(artist), [1]),
      genres: ints(Int32Array.of(genre, -1, -1), [1, 3]),
      upper: ints(Int32Array.from(upper), [1, upper.length]),
      ...Object.fromEntries([...ids].map(([name, rows]) => [momentInput(name), ints(rows, [1, size.nCtx])])),
    };
    return floatsOf(await session.run({ codes: ints(Int32Array.from(line.codes), [1, size.nCtx]), ...told }), "logits");
  };
  const [told, free] = [await logits(2, 1, metre), await logits(0, 0)];
  const best = (found: Float32Array): number[] =>
    Array.from({ length: size.nCtx }, (_, at) => {
      const row = found.subarray(at * size.bins, (at + 1) * size.bins);
      return row.indexOf(Math.max(...row));
    });
  const guided = free.map((logit, at) => logit + guidance * (told[at]! - logit));
  assert.deepEqual([...line.codes], best(guided));
  assert.notDeepEqual(best(guided), best(told));
});
