/** The live mix, with levels that can be told apart: level n sounds as a steady value, or as a tone of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveMix } from "../../src/audio/live.ts";
import { seeded } from "../support/random.ts";

const frame = 960;
const steady = [0.1, 0.5, -0.7];
const flat = (level: number, samples: number) => new Float32Array(samples).fill(steady[level]!);

/** A mix whose levels already have so many samples each. */
function mixWith(...samples: number[]): LiveMix {
  const mix = new LiveMix(samples.length);
  for (const [level, count] of samples.entries()) mix.add(level, flat(level, count));
  return mix;
}

/** The next frame's level and first and last value. */
function heard(mix: LiveMix): string | undefined {
  const taken = mix.take();
  return taken && `${taken.level}: ${taken.frame[0]!.toFixed(2)} … ${taken.frame.at(-1)!.toFixed(2)}`;
}

test("the finest level that is ready is heard, from the first sample on", () => {
  assert.equal(heard(mixWith(0, 0, 2 * frame)), "2: -0.70 … -0.70");
  assert.equal(heard(mixWith(0, 2 * frame, 9 * frame)), "1: 0.50 … 0.50");
  assert.equal(heard(mixWith(2 * frame, 2 * frame, 9 * frame)), "0: 0.10 … 0.10");
});

test("a level is ready only while it has the frame after, too", () => {
  const mix = mixWith(0, 0, 2 * frame - 1);
  assert.equal(mix.take(), undefined);
  mix.add(2, flat(2, 1));
  assert.equal(heard(mix), "2: -0.70 … -0.70");
  assert.equal(mix.take(), undefined);
});

test("a finer level that becomes ready fades in over one frame", () => {
  const mix = mixWith(0, 0, 9 * frame);
  assert.equal(heard(mix), "2: -0.70 … -0.70");
  mix.add(1, flat(1, 9 * frame));
  assert.equal(heard(mix), "1: -0.70 … 0.50");
  assert.equal(heard(mix), "1: 0.50 … 0.50");
});

test("a finer level that runs late fades out with its last frame", () => {
  const mix = mixWith(3 * frame, 0, 9 * frame);
  const frames = [heard(mix), heard(mix), heard(mix), heard(mix)];
  assert.deepEqual(frames, ["0: 0.10 … 0.10", "0: 0.10 … 0.10", "2: 0.10 … -0.70", "2: -0.70 … -0.70"]);
});

test("a frame that was held back for want of its successor is the fade when another level comes to help", () => {
  const mix = mixWith(2 * frame, 0, 0);
  assert.equal(heard(mix), "0: 0.10 … 0.10");
  assert.equal(mix.take(), undefined);
  mix.add(2, flat(2, 9 * frame));
  assert.equal(heard(mix), "2: 0.10 … -0.70");
});

test("a fade between levels that agree changes nothing", () => {
  const mix = new LiveMix(2);
  mix.add(1, new Float32Array(4 * frame).fill(0.5));
  mix.take();
  mix.add(0, new Float32Array(4 * frame).fill(0.5));
  assert.deepEqual(mix.take(), { level: 0, frame: new Float32Array(frame).fill(0.5) });
});

test("at the end the last samples come out, then silence to the frame's end, then nothing", () => {
  const mix = mixWith(frame + 100, 0, 0);
  assert.equal(mix.take(), undefined);
  mix.end(frame + 100);
  assert.equal(heard(mix), "0: 0.10 … 0.10");
  assert.equal(mix.ended, false);
  const last = mix.take()!.frame;
  assert.deepEqual(
    last,
    Float32Array.from({ length: frame }, (_, i) => (i < 100 ? 0.1 : 0)),
  );
  assert.equal(mix.take(), undefined);
  assert.equal(mix.ended, true);
});

test("the song may end where the coarse levels have more", () => {
  const mix = mixWith(3 * frame, 0, 9 * frame);
  mix.end(3 * frame);
  const frames = [heard(mix), heard(mix), heard(mix), heard(mix)];
  assert.deepEqual(frames, [...new Array(3).fill("0: 0.10 … 0.10"), undefined]);
});

test("the end of a song that isn't there yet is refused", () => {
  assert.throws(() => mixWith(99, 0, 0).end(100), /99 of 100/);
});

test("what was taken is forgotten, and what comes too late is never kept", () => {
  const mix = mixWith(0, 0, 5 * frame);
  assert.equal(mix.stored, 5 * frame);
  for (let i = 0; i < 5; i++) mix.add(2, flat(2, frame));
  for (let i = 0; i < 8; i++) mix.take();
  assert.equal(mix.stored, 2 * frame);
  for (let i = 0; i < 8; i++) mix.add(0, flat(0, frame));
  assert.equal(mix.stored, 2 * frame, "the fine level of frames that were heard already");
  mix.add(0, flat(0, 2 * frame));
  assert.equal(heard(mix), "0: -0.70 … 0.10");
});

test("a listener who comes later starts there, out of silence", () => {
  const mix = mixWith(0, 0, 5 * frame);
  mix.skipTo(3 * frame + 7);
  assert.equal(mix.take(), undefined);
  mix.add(2, flat(2, 5 * frame));
  mix.add(1, flat(1, 3 * frame));
  assert.equal(mix.position, 3 * frame + 7);
  assert.equal(heard(mix), "2: -0.00 … -0.70");
  assert.throws(() => mix.skipTo(0), /dropped already/);
});

/** A tone of its own for each level: no two samples alike, and no step larger than `slope`. */
const tone = (level: number, sample: number) => (0.9 - 0.3 * level) * Math.sin((sample * (level + 3)) / 100 + level);
const slope = 0.9 * 0.05;

test("in whatever order levels arrive, every sample is a level's own or a fade's, and nothing clicks", () => {
  const changes = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const random = seeded(seed);
    const [total, have] = [Math.floor(40 * frame * (0.5 + random())), [0, 0, 0]];
    const pace = have.map(() => 300 + random() * 3000);
    const mix = new LiveMix(3);
    let [at, before, last, done] = [0, -1, 0, false];
    while (!mix.ended) {
      const level = Math.floor(random() * 3);
      const size = Math.min(total - have[level]!, Math.floor(random() * pace[level]!));
      mix.add(
        level,
        Float32Array.from({ length: size }, (_, i) => tone(level, have[level]! + i)),
      );
      have[level]! += size;
      if (have[0] === total && !done) {
        mix.end(total);
        done = true;
      }
      const taken = random() < 0.7 ? mix.take() : undefined;
      if (!taken) continue;
      const finest = have.findIndex((samples) => samples >= at + 2 * frame || (done && samples >= total));
      assert.equal(taken.level, finest, `seed ${seed}, sample ${at}`);
      for (const [i, value] of taken.frame.entries()) {
        const weight = before === -1 || before === finest ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * (i + 1)) / (frame + 1));
        const from = weight === 1 ? 0 : (1 - weight) * tone(before, at + i);
        const wanted = at + i < total ? from + weight * tone(finest, at + i) : 0;
        assert.ok(Math.abs(value - wanted) < 1e-6, `seed ${seed}, sample ${at + i}: ${value}, not ${wanted}`);
        const step = Math.abs(value - last);
        const most = slope + (2 * Math.PI) / 2 / (frame + 1); // the levels are at most 2 apart
        assert.ok(step < most || at + i === 0 || at + i === total, `seed ${seed}, a step of ${step} at ${at + i}`);
        last = value;
      }
      if (before !== finest) changes.add(`${before}${finest}`);
      [at, before] = [at + frame, finest];
      assert.ok(mix.stored <= have.reduce((sum, samples) => sum + Math.max(0, samples - at) + 3000, 0));
    }
    assert.ok(at >= total);
  }
  for (const change of ["01", "02", "10", "12", "20", "21"]) assert.ok(changes.has(change), `${change} never happened`);
});
