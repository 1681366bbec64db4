/** Resampling against its formula, and the figures a listener would care about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Resampler, resample, resampledLength } from "../../src/audio/resample.ts";
import { resampleSlowly } from "../oracle/resample.ts";
import { noise, pieces, seeded } from "../support/random.ts";

const rates = [
  [22_050, 48_000],
  [44_100, 48_000],
  [48_000, 22_050],
  [16_000, 48_000],
  [48_000, 48_000],
  [44_100, 22_050],
  [11_025, 8000],
] as const;

const sine = (hertz: number, sampleRate: number, samples: number) =>
  Float32Array.from({ length: samples }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / sampleRate));

/** Level of the middle half of a sound, in dB of a full sine. */
const decibels = (sound: Float32Array) => {
  const middle = sound.subarray(sound.length / 4, (sound.length * 3) / 4);
  return 10 * Math.log10((2 * middle.reduce((sum, x) => sum + x * x, 0)) / middle.length);
};

test("resampling agrees with the sum of its formula in double precision", () => {
  const sound = noise(700, seeded(1));
  for (const [from, to] of rates.filter(([from, to]) => from !== to)) {
    const fast = resample(sound, from, to);
    const slow = resampleSlowly(sound, from, to);
    assert.equal(fast.length, slow.length);
    const worst = fast.reduce((most, value, n) => Math.max(most, Math.abs(value - slow[n]!)), 0);
    assert.ok(worst < 1e-6, `${from} → ${to}: ${worst}`);
  }
});

test("a stream cut in any way gives bit for bit what the whole gives", () => {
  const random = seeded(2);
  const sound = noise(5000, random);
  for (const [from, to] of rates) {
    const whole = resample(sound, from, to);
    for (const most of [1, 7, 100, 3000]) {
      const resampler = new Resampler(from, to);
      const parts = [...pieces(sound, most, random)].map((piece) => resampler.push(piece));
      const streamed = [...parts, resampler.flush()].flatMap((part) => [...part]);
      assert.deepEqual(Float32Array.from(streamed), whole, `${from} → ${to} in pieces of at most ${most}`);
    }
  }
});

test("resampled sound lasts exactly as long, to the nearest sample", () => {
  for (const [from, to] of rates) {
    for (const samples of [0, 1, 2, 3, 146, 147, 148, 999, 4410]) {
      const length = Math.round((samples * to) / from);
      assert.equal(resample(new Float32Array(samples), from, to).length, length, `${samples} at ${from} → ${to}`);
      assert.equal(resampledLength(samples, from, to), length);
    }
  }
});

test("the stream holds back no more than half a filter", () => {
  const resampler = new Resampler(22_050, 48_000);
  const early = resampler.push(new Float32Array(2205)).length;
  assert.ok(early >= 4800 - (49 * 48_000) / 22_050 && early < 4800, `${early} of 4800`);
});

test("tones below 0.85 of the lower Nyquist keep their level and their place", () => {
  for (const [from, to] of rates.filter(([from, to]) => from !== to)) {
    for (const part of [0.01, 0.3, 0.6, 0.85]) {
      const hertz = (part * Math.min(from, to)) / 2;
      const out = resample(sine(hertz, from, from), from, to);
      const wanted = sine(hertz, to, to);
      const error = decibels(out.map((value, n) => value - wanted[n]!));
      assert.ok(error < -100, `${hertz} Hz, ${from} → ${to}: error ${error} dB`);
    }
  }
});

test("tones above the lower Nyquist do not fold back", () => {
  for (const [from, to] of [
    [48_000, 22_050],
    [44_100, 22_050],
  ] as const) {
    for (const hertz of [11_026, 11_500, 12_345, 15_000, 20_000]) {
      const level = decibels(resample(sine(hertz, from, from), from, to));
      assert.ok(level < -95, `${hertz} Hz, ${from} → ${to}: ${level} dB`);
    }
  }
});

test("a steady level stays that level", () => {
  const out = resample(new Float32Array(4000).fill(0.5), 22_050, 48_000);
  const middle = out.subarray(200, -200);
  assert.ok(middle.every((value) => Math.abs(value - 0.5) < 1e-6));
});

test("the same rate hands the sound on untouched", () => {
  const sound = noise(1000, seeded(3));
  assert.deepEqual(resample(sound, 48_000, 48_000), sound);
});

test("rates that are no rates, and a stream that was flushed, are refused", () => {
  assert.throws(() => new Resampler(0, 48_000), /whole number/);
  assert.throws(() => new Resampler(22_050.5, 48_000), /whole number/);
  assert.throws(() => new Resampler(383_987, 383_983), /common divisor .* is too small/);
  const resampler = new Resampler(22_050, 48_000);
  resampler.flush();
  assert.throws(() => resampler.push(new Float32Array(1)), /flushed/);
});
