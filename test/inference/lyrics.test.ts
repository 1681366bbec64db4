/** Levels that read lyrics, filled against the golden sequences and against one code at a time by the whole sequence. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import { fill, type LevelJob } from "../../src/inference/level.ts";
import { openPrior, type Prior } from "../../src/inference/prior-sampler.ts";
import { uniformAt } from "../../src/inference/random.ts";
import { priorLoss } from "../../src/model/captures.ts";
import { classes, firstMusicId, lead, type PriorSize } from "../../src/model/prior.ts";
import { type Store, stored } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floatsOf, ints, openSession } from "../../src/onnx/session.ts";
import type { LevelPart } from "../../src/song/song.ts";
import { type GoldenPrior, golden, goldenStore } from "../golden/weights.ts";
import { conditions, goldenPriors } from "../support/golden-priors.ts";
import { feedsAt, hop, levelOf, lyricsFrom, sampleRate } from "../support/windows.ts";

/** Fills a line; `prompt` and `known` begin it. */
async function filled(prior: Prior, apart: number, job: Omit<LevelJob, "seed" | "sampling"> & Partial<LevelJob>) {
  const line = new CodeBuffer(job.total, job.known);
  const told: number[] = [];
  await fill(prior, levelOf(prior.size, apart), { seed: 7, sampling: { temperature: 0 }, ...job }, line, {
    stopped: () => false,
    made: async (from, codes) => {
      assert.equal(from, job.known.length + told.length);
      told.push(...codes);
    },
  });
  assert.deepEqual(told, [...line.codes.subarray(job.known.length)]);
  return [...line.codes];
}

const singers = goldenPriors.filter(({ size }) => size.lyrics);
assert.equal(singers.length, 2);

for (const { name, size } of singers) {
  const entry = golden<GoldenPrior>(name);
  const store = goldenStore(entry.shapes, size.tied);
  const [total, offset] = entry.y as [number, number];
  const labels: LevelPart = {
    artist: entry.y[3]!,
    genres: entry.y.slice(4, 4 + size.labels!.maxGenres).filter((genre) => genre >= 0),
    totalSeconds: total / sampleRate,
    lyrics: entry.lyrics!,
  };
  const { greedy_music: scratch = entry.greedy!, greedy_music_from_first10: after10 = entry.greedy_from_first10! } =
    golden<Record<string, number[]>>(name);

  /** Opened when first asked for: a prior of 48 layers takes a while. */
  const opened = new Map<boolean, Promise<Prior>>();
  const opening = (musicOnly: boolean): Promise<Prior> => {
    const prior = opened.get(musicOnly) ?? openPrior(store, size, { musicOnly });
    opened.set(musicOnly, prior);
    return prior;
  };
  after(async () => {
    for (const prior of opened.values()) await (await prior).close();
  });

  test(`${name}: a level goes on from ten codes as the golden sequence does`, async () => {
    const prior = await opening(false);
    const start = offset / hop; // of the golden window, in codes
    const known = Uint16Array.from([...new Array<number>(start).fill(0), ...entry.z.slice(0, 10)]);
    const codes = await filled(prior, start, { labels, total: start + size.nCtx, prompt: known.length, known });
    assert.deepEqual(codes.slice(start), after10);
  });

  test(`${name}: a level begins as the golden sequence does`, async () => {
    const prior = await opening(false);
    const { absolute, relative } = conditions(size, entry); // the golden window lies later in its song than a first one does
    const there: Prior = {
      ...prior,
      begin: (feeds) => prior.begin({ ...feeds, absolute: absolute!, relative: relative! }),
    };
    const codes = await filled(there, 8, { labels, total: size.nCtx, prompt: 0, known: new Uint16Array(0) });
    assert.deepEqual(codes, scratch);
  });

  test(`${name}: windows sing their own lyrics, as code after code by the whole sequence does, whatever was known`, async () => {
    const job = {
      labels: { ...labels, totalSeconds: 0.05, lyrics: Array.from({ length: 29 }, (_, at) => 1 + ((at * at) % 10)) },
      total: 2 * size.nCtx + 9,
      prompt: 3,
      known: Uint16Array.of(5, 1, 9),
      sampling: { temperature: 0.9 },
    };
    const apart = Math.floor(size.nCtx / 2);
    const expected = await slowly(store, size, apart, job);
    const prior = await opening(true);
    assert.deepEqual(await filled(prior, apart, job), expected);
    for (const count of [4, size.nCtx - 1, size.nCtx + 11, job.total - 1]) {
      const known = Uint16Array.from(expected.slice(0, count));
      assert.deepEqual(await filled(prior, apart, { ...job, known }), expected, `${count} known`);
    }
  });

  test(`${name}: other lyrics make other codes, and none are as good as blanks`, async () => {
    const prior = await opening(true);
    const sung = (part: Partial<LevelPart>) => {
      const { lyrics: _, ...silent } = labels;
      const told = { ...silent, ...part };
      return filled(prior, 8, {
        labels: told,
        total: size.nCtx,
        prompt: 0,
        known: new Uint16Array(0),
        sampling: { temperature: 1 },
      });
    };
    assert.notDeepEqual(
      await sung({ lyrics: [9, 9, 9, 9, 9, 9, 9, 9] }),
      await sung({ lyrics: [1, 2, 3, 4, 5, 6, 7, 8] }),
    );
    assert.deepEqual(await sung({}), await sung({ lyrics: [0] }));
  });
}

interface SlowJob extends Omit<LevelJob, "seed"> {
  readonly labels: LevelPart;
}

/** Every window from its start, every code by a run of the whole sequence, every draw by a plain loop (spec 5.2, 6.2 to 6.4). */
async function slowly(store: Store, size: PriorSize, apart: number, job: SlowJob): Promise<number[]> {
  const graph = new Graph();
  graph.output("logits", priorLoss(stored(graph, store), size, 1).logits);
  const session = await openSession(graph);
  const codes = [...job.known];
  for (let start = 0; codes.length < job.total; start = Math.min(start + apart, job.total - size.nCtx)) {
    const first = lyricsFrom(start, size, job.labels);
    const tokens = job.labels.lyrics!.slice(first, first + size.lyrics!.tokens);
    while (codes.length < Math.min(start + size.nCtx, job.total)) {
      const here = codes.slice(start).map((code) => code + firstMusicId(size));
      const sequence = new Int32Array(lead(size) + size.nCtx);
      sequence.set([...tokens.slice(0, lead(size)), ...here]);
      const results = await session.run({
        codes: ints(sequence, [1, sequence.length]),
        ...feedsAt(start, size, job.labels, tokens),
      });
      const at = (lead(size) + here.length) * classes(size);
      const logits = floatsOf(results, "logits").subarray(at + firstMusicId(size), at + classes(size));
      codes.push(drawn(logits, uniformAt(7, 2, codes.length), job.sampling.temperature));
    }
  }
  await session.close();
  return codes;
}

/** The first code whose running probability passes `uniform`, and passes it by so much that no rounding matters. */
function drawn(logits: Float32Array, uniform: number, temperature: number): number {
  const most = Math.max(...logits);
  const weights = [...logits].map((logit) => Math.exp((logit - most) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  let running = 0;
  const passed = weights.findIndex((weight) => {
    running += weight / sum;
    assert.ok(Math.abs(running - uniform) > 2e-5, "too close to call: take another seed");
    return running > uniform;
  });
  return passed === -1 ? logits.length - 1 : passed;
}
