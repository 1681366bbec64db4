/** Chords, chord scales, scale steps and voicings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chordOf, type Key, keyName, nearestPitch, pitchClass, stepFrom, voiceChord } from "../../src/corpus/theory.ts";

const c: Key = { tonic: 0, mode: "major" };

test("numerals give the right chord tones", () => {
  const written = [
    ["I", [0, 4, 7]],
    ["IIm7", [2, 5, 9, 0]],
    ["V7", [7, 11, 2, 5]],
    ["VI7", [9, 1, 4, 7]],
    ["bVII", [10, 2, 5]],
    ["IVm6", [5, 8, 0, 2]],
  ] as const;
  for (const [name, tones] of written) assert.deepEqual(chordOf(name, c).tones, tones, name);
  assert.deepEqual(chordOf("V7", { tonic: 10, mode: "major" }).tones, [5, 9, 0, 3]);
  assert.equal(keyName({ tonic: 10, mode: "major" }), "Bb major");
  assert.throws(() => chordOf("H7", c), /H7/);
});

test("chord tones from outside the key replace their neighbours in the scale", () => {
  assert.deepEqual(chordOf("IIm7", c).scale, [0, 2, 4, 5, 7, 9, 11]);
  assert.deepEqual(chordOf("VI7", c).scale, [1, 2, 4, 5, 7, 9, 11], "C sharp replaces C");
  assert.deepEqual(chordOf("IVm6", c).scale, [0, 2, 4, 5, 7, 8, 11], "A flat replaces A");
  assert.deepEqual(chordOf("I7", { tonic: 0, mode: "blues" }).scale, [0, 3, 4, 5, 6, 7, 10], "both thirds stay");
});

test("scale steps and nearest pitches agree with a list of all pitches", () => {
  const scale = [0, 2, 4, 5, 7, 9, 11];
  const all = Array.from({ length: 128 }, (_, pitch) => pitch).filter((pitch) => scale.includes(pitchClass(pitch)));
  for (let pitch = 40; pitch < 80; pitch++) {
    const close = nearestPitch(pitch, scale);
    const distance = Math.min(...all.map((other) => Math.abs(other - pitch)));
    assert.equal(Math.abs(close - pitch), distance);
    for (let steps = -4; steps <= 4; steps++) {
      assert.equal(stepFrom(pitch, steps, scale), all[all.indexOf(close) + steps]);
    }
  }
});

test("a voicing has all tones, is within its range, and no other inversion moves less", () => {
  const before = voiceChord(chordOf("IIm7", c), [], 48, 69);
  const chord = chordOf("V7", c);
  const chosen = voiceChord(chord, before, 48, 69);
  assert.deepEqual(new Set(chosen.map(pitchClass)), new Set(chord.tones));
  assert.ok(chosen[0]! >= 48 && chosen.at(-1)! <= 69);
  const moved = (pitches: readonly number[]) =>
    pitches.reduce((sum, pitch) => sum + Math.min(...before.map((other) => Math.abs(other - pitch))), 0);
  for (const low of [53, 55, 59, 62]) {
    const other = voiceChord(chord, [], low, low + 11);
    if (other.at(-1)! <= 69) assert.ok(moved(chosen) <= moved(other) + 2, `${chosen} against ${other}`);
  }
  assert.throws(() => voiceChord(chord, [], 60, 63), /no room/);
});
