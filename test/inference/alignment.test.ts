/** What a level attends to in the lyrics while it is filled: the rows of spec 6.8, whatever was known before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import { fill, type LevelJob } from "../../src/inference/level.ts";
import { openPrior, type Prior } from "../../src/inference/prior-sampler.ts";
import { lyricAttention, priorLoss } from "../../src/model/captures.ts";
import { wholeSequence } from "../../src/model/memory.ts";
import { firstMusicId, lead, type PriorSize } from "../../src/model/prior.ts";
import { type Store, stored } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floatsOf, ints, openSession } from "../../src/onnx/session.ts";
import type { LevelPart } from "../../src/song/song.ts";
import { type GoldenPrior, golden, goldenStore } from "../golden/weights.ts";
import { close, goldenPriors } from "../support/golden-priors.ts";
import { feedsAt, levelOf, lyricsFrom } from "../support/windows.ts";

/** [codes, characters + 1]; the last column is nobody's. */
type Matrix = Float32Array[];

const matrix = (codes: number, characters: number): Matrix =>
  Array.from({ length: codes }, () => new Float32Array(characters + 1));

/** Fills a line and writes the rows it is told into a matrix; each code must be told once. */
async function attendedWhile(prior: Prior, apart: number, job: LevelJob): Promise<{ codes: number[]; rows: Matrix }> {
  const line = new CodeBuffer(job.total, job.known);
  const characters = job.labels.lyrics!.length;
  const rows = matrix(job.total, characters);
  const told = new Set<number>();
  await fill(prior, levelOf(prior.size, apart), job, line, {
    stopped: () => false,
    made: async () => undefined,
    attended: ({ from, weights, tokens, character }) => {
      for (let row = 0; row < weights.length / tokens; row++) {
        assert.ok(!told.has(from + row), `code ${from + row} is told once`);
        told.add(from + row);
        for (let column = 0; column < tokens; column++) {
          const at = character + column;
          rows[from + row]![at < 0 ? characters : at] = weights[row * tokens + column]!;
        }
      }
    },
  });
  assert.equal(told.size, job.total);
  return { codes: [...line.codes], rows };
}

/** Spec 6.8 by the whole sequence: windows from the last to the first, each written over what is there. */
async function slowly(store: Store, size: PriorSize, apart: number, codes: readonly number[], labels: LevelPart) {
  const graph = new Graph();
  const watch = lyricAttention(size, (rows) => graph.output("attention", rows));
  priorLoss(stored(graph, store), size, 1, wholeSequence(1, watch));
  const session = await openSession(graph);
  const rows = matrix(codes.length, labels.lyrics!.length);
  const last = codes.length - size.nCtx;
  const starts = [...Array(Math.ceil(last / apart)).keys()].map((at) => at * apart).concat(last);
  for (const start of starts.reverse()) {
    const first = lyricsFrom(start, size, labels);
    const tokens = labels.lyrics!.slice(first, first + size.lyrics!.tokens);
    const ids = codes.slice(start, start + size.nCtx).map((code) => code + firstMusicId(size));
    const sequence = Int32Array.from([...tokens.slice(0, lead(size)), ...ids]);
    const feeds = { codes: ints(sequence, [1, sequence.length]), ...feedsAt(start, size, labels, tokens) };
    const weights = floatsOf(await session.run(feeds), "attention");
    for (let at = 0; at < size.nCtx; at++) {
      rows[start + at]!.fill(0);
      const from = (lead(size) + at) * tokens.length;
      rows[start + at]!.set(weights.subarray(from, from + tokens.length), first);
    }
  }
  await session.close();
  return rows;
}

for (const { name, size } of goldenPriors.filter(({ size }) => size.alignment)) {
  const entry = golden<GoldenPrior>(name);
  const store = goldenStore(entry.shapes, size.tied);

  test(`${name}: each code's row is that of the first window that covers it, sampled, taken up again or given`, async () => {
    const apart = Math.floor(size.nCtx / 2) - 1;
    const job: LevelJob = {
      labels: {
        artist: entry.y[3]!,
        genres: entry.y.slice(4, 4 + size.labels!.maxGenres).filter((genre) => genre >= 0),
        totalSeconds: 0.05,
        lyrics: Array.from({ length: 29 }, (_, at) => 1 + ((at * at) % 10)),
      },
      seed: 7,
      sampling: { temperature: 0.9 },
      total: 2 * size.nCtx + 9,
      prompt: 0,
      known: new Uint16Array(0),
    };
    const prior = await openPrior(store, size);
    const { codes, rows } = await attendedWhile(prior, apart, job);
    const expected = await slowly(store, size, apart, codes, job.labels);
    close(
      rows.flatMap((row) => [...row]),
      expected.flatMap((row) => [...row]),
    );
    for (const [count, prompt] of [
      [5, 0],
      [size.nCtx + 11, 0],
      [job.total, 0],
      [7, 7],
      [size.nCtx + 9, size.nCtx + 3],
      [job.total, job.total],
    ] as const) {
      const again = await attendedWhile(prior, apart, {
        ...job,
        known: Uint16Array.from(codes.slice(0, count)),
        prompt,
      });
      if (prompt === 0) assert.deepEqual(again.codes, codes);
      const same = prompt === 0 ? expected : await slowly(store, size, apart, again.codes, job.labels);
      close(
        again.rows.flatMap((row) => [...row]),
        same.flatMap((row) => [...row]),
      );
    }
    await prior.close();
  });
}
