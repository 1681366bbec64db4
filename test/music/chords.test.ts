/** Parsing of chord numerals, progressions and keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, isProgression, numeralOf, qualityName, roots, tonicOf } from "../../src/music/chords.ts";

test("numerals are parsed as semitones above the tonic and a quality", () => {
  const read = (text: string) => Object.values(numeralOf(text));
  assert.deepEqual(read("I"), [0, ""]);
  assert.deepEqual(read("bII"), [1, ""]);
  assert.deepEqual(read("IIm7b5"), [2, "m7b5"]);
  assert.deepEqual(read("IVmaj7"), [5, "maj7"]);
  assert.deepEqual(read("V7"), [7, "7"]);
  assert.deepEqual(read("bVImaj7"), [8, "maj7"]);
  assert.deepEqual(read("VIIdim7"), [11, "dim7"]);
  assert.throws(() => numeralOf("H7"), /"H7" is not a chord numeral/);
  assert.deepEqual([qualityName(""), qualityName("m7")], ["triad", "m7"]);
});

test("progressions are split into bars and chords", () => {
  assert.deepEqual(barsOf("IIm7 V7 | Imaj7"), [["IIm7", "V7"], ["Imaj7"]]);
  assert.ok(isProgression("IIm7 V7 | Imaj7"));
  for (const text of ["", "Am | F", "I | ", "I || V"]) assert.ok(!isProgression(text), text);
});

test("the tonic of a key is parsed from its name", () => {
  assert.deepEqual(["C major", "Gb blues", "B minor", "nothing"].map(tonicOf), [0, 6, 11, undefined]);
  assert.equal(roots.length, 12);
});
