/** Beat and key of sounds whose beat and key are known: clicks, scales in chords, noise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { steadyBeat, steadyKey, tempoOf } from "../../src/evaluation/steadiness.ts";
import { noise, seeded } from "../support/random.ts";

const sampleRate = 22_050;

/** Ten milliseconds of noise at each of these seconds. */
function clicks(seconds: number, beats: readonly number[]): Float32Array {
  const [sound, random] = [new Float32Array(seconds * sampleRate), seeded(1)];
  for (const beat of beats)
    for (let at = 0; at < 0.01 * sampleRate; at++) sound[Math.round(beat * sampleRate) + at] = random() - 0.5;
  return sound;
}

const steady = (bpm: number, seconds: number): number[] =>
  Array.from({ length: Math.floor((seconds * bpm) / 60) }, (_, at) => (at * 60) / bpm);

test("steady clicks have their tempo in every window, and don't move", () => {
  for (const bpm of [78.3, 107.7, 143.6]) {
    const found = steadyBeat(clicks(18, steady(bpm, 18)), sampleRate, bpm);
    assert.deepEqual([found.windows, found.right], [3, 3], `${bpm}`);
    assert.ok(found.drift < 0.02, `${bpm}: ${found.drift}`);
  }
});

test("clicks at another tempo are wrong, unless it is half or double, and run away from the beat", () => {
  const sound = clicks(18, steady(110, 18));
  assert.equal(steadyBeat(sound, sampleRate, 120).right, 0);
  assert.ok(steadyBeat(sound, sampleRate, 120).drift > 0.05);
  assert.equal(steadyBeat(sound, sampleRate, 55).right, 3);
  assert.equal(steadyBeat(sound, sampleRate, 220).right, 3);
});

test("a beat that jumps by a quarter has the right tempo and a drift", () => {
  const half = steady(100, 12).filter((beat) => beat < 5.9);
  const found = steadyBeat(clicks(12, [...half, ...half.map((beat) => beat + 6 + 0.15)]), sampleRate, 100);
  assert.equal(found.right, 2);
  assert.ok(Math.abs(found.drift - 0.25) < 0.03, `${found.drift}`);
});

test("noise has no tempo", () => {
  const found = steadyBeat(noise(60 * sampleRate, seeded(3)), sampleRate, 100);
  assert.equal(found.windows, 10);
  assert.ok(found.right <= 4, `${found.right} of 10 by chance`);
  assert.ok(found.drift > 0.1 && found.drift < 0.4, `${found.drift}`);
});

test("the tempo of onsets is that of their period", () => {
  const onset = Float64Array.from({ length: 600 }, (_, at) => (at % 50 === 0 ? 1 : 0));
  assert.ok(Math.abs(tempoOf(onset, 100) / 120 - 1) < 0.005);
});

/** Triads on these steps of a scale, a second each, with two overtones. */
function chords(tonic: number, scale: readonly number[], roots: readonly number[]): Float32Array {
  return Float32Array.from({ length: roots.length * sampleRate }, (_, at) => {
    const root = roots[Math.floor(at / sampleRate)]!;
    const pitches = [0, 2, 4].map((third) => {
      const step = root + third;
      return 48 + tonic + scale[step % 7]! + 12 * Math.floor(step / 7);
    });
    return pitches.reduce((sum, pitch) => {
      const phase = (2 * Math.PI * 440 * 2 ** ((pitch - 69) / 12) * at) / sampleRate;
      return sum + 0.1 * (Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.25 * Math.sin(3 * phase));
    }, 0);
  });
}

const major = [0, 2, 4, 5, 7, 9, 11];
const minor = [0, 2, 3, 5, 7, 8, 10];
const roots = [0, 3, 4, 0, 5, 4, 0, 3, 0, 4, 3, 0];

test("chords of a key are in it and in its relative, and in no other", () => {
  for (const [tonic, name] of [
    [0, "C major"],
    [6, "Gb major"],
    [10, "Bb major"],
  ] as const)
    assert.equal(steadyKey(chords(tonic, major, roots), sampleRate, name)?.right, 2, name);
  const sound = chords(2, minor, roots);
  const right = (key: string) => steadyKey(sound, sampleRate, key)?.right;
  assert.deepEqual(["D minor", "F major", "D major", "C major", "A minor"].map(right), [2, 2, 0, 0, 0]);
});

test("a key that is left halfway is right in half of the windows", () => {
  const sound = Float32Array.from([...chords(0, major, roots.slice(0, 6)), ...chords(6, major, roots.slice(0, 6))]);
  assert.equal(steadyKey(sound, sampleRate, "C major")?.right, 1);
});

test("what sounds belongs to the scale of its key, of noise as much as there are notes in it", () => {
  const inScale = (sound: Float32Array, key: string): number => steadyKey(sound, sampleRate, key)!.inScale;
  assert.ok(inScale(chords(5, major, roots), "F major") > 0.9);
  assert.ok(inScale(chords(5, major, roots), "B major") < 0.5);
  assert.ok(Math.abs(inScale(noise(12 * sampleRate, seeded(2)), "A minor") - 7 / 12) < 0.1);
});

test("the blues are judged by their tonic, and a key without a name isn't", () => {
  assert.equal(steadyKey(chords(7, major, roots), sampleRate, "G blues")?.right, 2);
  assert.equal(steadyKey(chords(7, major, roots), sampleRate, "A"), undefined);
});
