/** Chords as written, against what a musician reads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, isProgression, numeralOf, qualityName, roots, tonicOf } from "../../src/music/chords.ts";

test("numerals are read as steps above the tonic and what they carry", () => {
  const read = (text: string) => Object.values(numeralOf(text));
  assert.deepEqual(read("I"), [0, ""]);
  assert.deepEqual(read("bII"), [1, ""]);
  assert.deepEqual(read("IIm7b5"), [2, "m7b5"]);
  assert.deepEqual(read("IVmaj7"), [5, "maj7"]);
  assert.deepEqual(read("V7"), [7, "7"]);
  assert.deepEqual(read("bVImaj7"), [8, "maj7"]);
  assert.deepEqual(read("VIIdim7"), [11, "dim7"]);
  assert.throws(() => numeralOf("H7"), /no chord is written "H7"/);
  assert.deepEqual([qualityName(""), qualityName("m7")], ["triad", "m7"]);
});

test("bars are told apart, with the chords that share them", () => {
  assert.deepEqual(barsOf("IIm7 V7 | Imaj7"), [["IIm7", "V7"], ["Imaj7"]]);
  assert.ok(isProgression("IIm7 V7 | Imaj7"));
  for (const text of ["", "Am | F", "I | ", "I || V"]) assert.ok(!isProgression(text), text);
});

test("keys begin with their tonic, which is a root's name", () => {
  assert.deepEqual(["C major", "Gb blues", "B minor", "nothing"].map(tonicOf), [0, 6, 11, undefined]);
  assert.equal(roots.length, 12);
});
