/** Chords heard in sounds whose chords are known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chordsRight } from "../../src/evaluation/harmony.ts";
import { dropChords, type MetreRules, metreFrom } from "../../src/music/metre.ts";
import { noise, seeded } from "../support/random.ts";

const sampleRate = 22_050;
const rules: MetreRules = {
  ticksPerBar: 48,
  grain: 128,
  tempos: [6],
  keys: ["C major", "A minor"],
  sections: ["verse"],
  chords: ["7", "dim7", "m", "triad"],
};
const bar = 48 * 6 * 128;
const metreIn = (key: string, chords: string, bars = 8) =>
  metreFrom(rules, { tempo: 6, key, sections: [{ name: "verse", bars, chords }] });
const told = (key: string, chords: string) => ({ metre: metreIn(key, chords), chords: rules.chords!, sampleRate });

/** Half bars, each with these pitches (MIDI). */
const played = (halves: readonly (readonly number[])[]): Float32Array =>
  Float32Array.from({ length: (halves.length * bar) / 2 }, (_, at) => {
    const pitches = halves[Math.floor(at / (bar / 2))]!;
    return pitches.reduce((sum, pitch) => {
      const hertz = 440 * 2 ** ((pitch - 69) / 12);
      return sum + 0.1 * Math.sin((2 * Math.PI * hertz * at) / sampleRate);
    }, 0);
  });
const [c, f, g7, am] = [
  [60, 64, 67],
  [60, 65, 69],
  [59, 62, 65, 67],
  [57, 60, 64],
];

test("chords that sound as they are told are right, in each bar and within bars", () => {
  const sound = played([c, c, f, g7, am, am, c, c]);
  assert.deepEqual(chordsRight(sound, told("C major", "I | IV V7 | VIm | I")), { spans: 5, right: 5 });
});

test("what sounds on another root, or at another time, is wrong", () => {
  const sound = played([c, c, f, f, c, c, f, f]);
  assert.deepEqual(chordsRight(sound, told("C major", "V | IV")), { spans: 4, right: 2 });
  assert.deepEqual(chordsRight(sound, told("C major", "IV | I")), { spans: 4, right: 0 });
});

test("a chord of equal steps is right on each of its roots", () => {
  const sound = played([
    [59, 62, 65, 68],
    [59, 62, 65, 68],
  ]);
  assert.deepEqual(chordsRight(sound, told("C major", "VIIdim7")), { spans: 1, right: 1 });
  assert.deepEqual(chordsRight(sound, told("C major", "IIdim7")), { spans: 1, right: 1 });
  assert.deepEqual(chordsRight(sound, told("C major", "Idim7")), { spans: 1, right: 0 });
});

test("a sound from within a song is heard from its first whole chord on, and to its last", () => {
  const sound = played([c, c, f, f, c, c, f, f]);
  const from = Math.round(0.7 * bar);
  const part = sound.subarray(from, Math.round(3.6 * bar));
  assert.deepEqual(chordsRight(part, { ...told("C major", "I | IV"), from }), { spans: 2, right: 2 });
});

test("noise has a chord by chance, and songs without chords or beat have none to hear", () => {
  const sound = noise(60 * bar, seeded(3));
  const chance = chordsRight(sound, { ...told("C major", "I"), metre: metreIn("C major", "I", 60) })!;
  assert.equal(chance.spans, 60);
  assert.ok(chance.right < 20, `${chance.right} of 60`);
  const { metre, ...rest } = told("C major", "I");
  assert.equal(chordsRight(sound, { ...rest, metre: dropChords(metre) }), undefined);
  assert.equal(chordsRight(sound, { ...rest, metre: { ...metre, samplesPerTick: 0 } }), undefined);
});
