/** What a prior mistakes codes for, against what its softmax says at every place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CodedSong } from "../../src/dataset/coded-corpus.ts";
import { priorLoss } from "../../src/model/captures.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import { priorShapes } from "../../src/model/shapes.ts";
import { stored } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floatsOf, openSession } from "../../src/onnx/session.ts";
import { createRandom } from "../../src/random.ts";
import { initialValues } from "../../src/training/initial.ts";
import { mistakesOf } from "../../src/training/mistakes.ts";
import { asItIs, batchOf, windowAt } from "../../src/training/windows.ts";

const bins = 6;
const size: PriorSize = {
  nCtx: 16,
  width: 16,
  depth: 3,
  heads: 2,
  attnOrder: 2,
  blocks: 4,
  mAttn: 0.5,
  mMlp: 1,
  bins,
  labels: { artists: 2, genres: 2, maxGenres: 1 },
  addCondition: false,
  tied: false,
};
const place = { level: 0, hop: 4, sampleRate: 1000 };
/** One window long, and without the last code. */
const codes = Uint16Array.from({ length: 16 }, (_, at) => (at * at) % (bins - 1));
const song: CodedSong = { artist: 1, genre: 1, samples: 64, codes: [codes] };
const store = initialValues(priorShapes(size), { seed: 3, scale: 12 });

test("codes are mistaken as often as the prior, behind the songs' own codes, would draw others; unheard ones are left", async () => {
  const graph = new Graph();
  graph.output("logits", priorLoss(stored(graph, store), size, 1).logits);
  const session = await openSession(graph);
  const window = windowAt(song, 0, size, place, asItIs, createRandom(1));
  const logits = floatsOf(await session.run(batchOf([window])), "logits");
  await session.close();
  const expected = Array.from({ length: bins }, () => new Float64Array(bins));
  for (const [at, code] of codes.entries()) {
    const row = Array.from(logits.subarray(at * bins, (at + 1) * bins), Math.exp);
    const sum = row.reduce((all, one) => all + one, 0);
    const places = codes.filter((one) => one === code).length;
    row.forEach((one, to) => {
      expected[code]![to]! += one / sum / places;
    });
  }
  const mistakes = await mistakesOf({ size, place, store, songs: [song], windows: 1500, seed: 5, threads: 1 });
  const random = createRandom(7);
  for (const code of new Set(codes)) {
    const counts = new Float64Array(bins);
    for (let turn = 0; turn < 4000; turn++) counts[mistakes(code, random)]! += 1 / 4000;
    counts.forEach((share, to) => {
      const wanted = expected[code]![to]!;
      assert.ok(Math.abs(share - wanted) < 0.04, `${code} as ${to}: ${share}, not ${wanted}`);
    });
  }
  const spread = [...expected[0]!].sort((a, b) => a - b);
  assert.ok(spread.at(-1)! > spread[0]! + 0.2, `${spread}: hardly anything is told apart`);
  assert.equal(mistakes(bins - 1, random), bins - 1);
});
