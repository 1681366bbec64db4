/** A level filled by a prior that counts: whatever the windows, the song is 0, 1, 2, … */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import { fill, type LevelJob } from "../../src/inference/level.ts";
import { type CountingPrior, type CountingSize, countingPrior } from "../fakes/counting-prior.ts";

const counted = (length: number, from = 0) => Uint16Array.from({ length }, (_, at) => from + at);

interface Song {
  readonly total: number;
  readonly prompt?: number;
  readonly known?: number;
  readonly hopFraction?: number;
}

/** Fills a level, with the level above whole, or growing a code at a time. */
async function filled(
  size: CountingSize,
  { total, prompt = 0, known = prompt, hopFraction }: Song,
  { growing = false } = {},
): Promise<{ prior: CountingPrior; codes: Uint16Array }> {
  const prior = countingPrior(size);
  const job: LevelJob = {
    labels: { artist: 0, genres: [], totalSeconds: 1 },
    seed: 1,
    sampling: { temperature: 1, ...(hopFraction && { hopFraction }) },
    total,
    prompt,
    known: counted(known),
  };
  const codesAbove = size.stride ? Math.ceil(total / size.stride) : 0;
  const upper = size.stride ? new CodeBuffer(codesAbove, growing ? undefined : counted(codesAbove)) : undefined;
  const line = new CodeBuffer(total, job.known);
  const level = { level: 0, hop: 1, hopFraction: 0.5, sampleRate: 1 };
  const made = async () => undefined;
  const work = fill(prior, level, job, line, { ...(upper && { upper }), stopped: () => false, made });
  for (let at = 0; growing && upper && at < codesAbove; at++) {
    upper.add(counted(1, at));
    await new Promise(setImmediate);
  }
  await work;
  assert.ok(line.ended);
  return { prior, codes: line.codes };
}

/** With a hop of a whole window only the level above could tell a window where it is. */
const fractions = [0.01, 0.125, 0.3, 0.5, 0.77];

test("for any hop fraction, length and prompt the song is sung in order and every window starts where the spec says", async () => {
  for (const [nCtx, block] of [
    [32, 8],
    [48, 4],
  ] as const)
    for (const hopFraction of fractions)
      for (const total of [1, 7, nCtx - 1, nCtx, nCtx + 1, 3 * nCtx + 5])
        for (const prompt of [0, 1, block + 1, nCtx + 2]) {
          if (prompt >= total) continue;
          const { prior, codes } = await filled({ nCtx, block }, { total, prompt, hopFraction });
          assert.deepEqual(codes, counted(total));
          const hop = Math.max(1, Math.trunc(nCtx * hopFraction));
          let made = prompt;
          for (const { start, prefix } of prior.windows) {
            assert.ok(start === Math.max(0, total - nCtx) || start % hop === 0, `a window at ${start}, hop ${hop}`);
            assert.equal(start + prefix, Math.max(made, start), "all that is there, and not more, is gone through");
            made = Math.min(start + nCtx, total);
          }
          assert.equal(made, total);
        }
});

test("a song of one window goes on from its prompt to its end, and not beyond", async () => {
  for (const total of [20, 32]) {
    const { prior, codes } = await filled({ nCtx: 32, block: 8 }, { total, prompt: 13 });
    assert.deepEqual(codes, counted(total)); // the original would make 13 more
    assert.deepEqual(prior.windows, [{ start: 0, prefix: 13 }]);
  }
});

test("an upsampler's windows lie on whole codes of the level above, and wait for them", async () => {
  for (const hopFraction of [...fractions, 1])
    for (const total of [32, 36, 100, 160])
      for (const growing of [false, true]) {
        const size = { nCtx: 32, block: 8, stride: 4 };
        const { prior, codes } = await filled(size, { total, hopFraction }, { growing });
        assert.deepEqual(codes, counted(total));
        for (const { start } of prior.windows) assert.equal(start % 4, 0);
      }
});

test("an upsampler makes songs shorter than its window", async () => {
  for (const total of [4, 8, 28])
    for (const growing of [false, true]) {
      const { prior, codes } = await filled({ nCtx: 32, block: 8, stride: 4 }, { total }, { growing });
      assert.deepEqual(codes, counted(total));
      assert.deepEqual(prior.windows, [{ start: 0, prefix: 0 }]);
    }
});

test("a level taken up again goes through the same windows, the known codes forced", async () => {
  for (const hopFraction of fractions)
    for (const known of [5, 31, 32, 50, 99]) {
      const { codes } = await filled({ nCtx: 32, block: 8 }, { total: 100, prompt: 5, known, hopFraction });
      assert.deepEqual(codes, counted(100));
    }
});

test("rows are drawn as the level's sampling says", async () => {
  const prior = countingPrior({ nCtx: 32, block: 8 });
  const sampling = { temperature: 0.9, topP: 0.8, hopFraction: 0.25 };
  const job: LevelJob = {
    labels: { artist: 0, genres: [], totalSeconds: 1 },
    ...{ seed: 1, sampling, total: 40, prompt: 0, known: counted(0) },
  };
  const level = { level: 0, hop: 1, hopFraction: 0.5, sampleRate: 1 };
  await fill(prior, level, job, new CodeBuffer(40), { stopped: () => false, made: async () => undefined });
  assert.ok(
    prior.rows.every(({ temperature, topP, topK }) => temperature === 0.9 && topP === 0.8 && topK === undefined),
  );
});
