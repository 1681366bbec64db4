/** Parsing, normalising and transposing progressions as users write them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { barsOf, intervalsOf, numeralOf } from "../../src/music/chords.ts";
import { chordsSpelled, inKey, keyOf } from "../../src/music/progression.ts";

const all = ["triad", "m", "7", "m7", "maj7", "m7b5", "dim7", "sus4", "7sus4", "9", "m9", "6", "dim"];

test("chords are separated by spaces, commas, dashes or bar lines; without bar lines each is a bar", () => {
  for (const text of [
    "Am F C G",
    "Am, F, C, G",
    "Am - F - C - G",
    "Am | F | C | G",
    " Am  F\nC   G ",
    "| Am | F | C | G |",
  ])
    assert.equal(chordsSpelled(text, all), "Am | F | C | G");
  assert.equal(chordsSpelled("Dm7 G7 | Cmaj7", all), "Dm7 G7 | Cmaj7");
});

test("alternative spellings of a chord are recognised", () => {
  const spellings = {
    Dbm: "C#m",
    Gb: "F#",
    Cm: "Cmin",
    Cmaj7: "CM7",
    Bm7b5: "Bø",
    Cdim7: "Co7",
    Csus4: "Csus",
    C: "C/E",
    B: "Cb",
  };
  for (const [spelled, written] of Object.entries(spellings))
    assert.equal(chordsSpelled(written, all), spelled, written);
  assert.equal(chordsSpelled("B♭7 F♯m", all), "Bb7 | Gbm");
});

test("unknown qualities become the closest known one", () => {
  const few = ["triad", "m", "7", "m7"];
  assert.equal(chordsSpelled("Cmaj7 Am9 G9 Dm7b5 C6", few), "C | Am7 | G7 | Dm7 | C");
  assert.equal(chordsSpelled("Csus2 E5 G13 Fadd9 C+", few), "C | E | G7 | F | C");
});

test("a model's qualities that are not known are ignored", () => {
  assert.equal(chordsSpelled("C+ Am", ["mystic", "triad", "m"]), "C | Am");
  assert.throws(() => chordsSpelled("C", ["mystic", "constructor"]), UserError);
});

test("texts without chords, with too many or with invalid ones are refused", () => {
  const refused = (text: string, sentence: RegExp) =>
    assert.throws(
      () => chordsSpelled(text, all),
      (error) => error instanceof UserError && sentence.test(error.message),
    );
  refused("Am H7", /chord "H7"\. Write chords such as "Am F C G"/);
  refused("am", /chord "am"/);
  refused("Cconstructor", /chord "Cconstructor"/);
  refused(" | ", /no chords in that/);
  refused("C ".repeat(65), /more than 64 chords/);
  assert.throws(() => chordsSpelled("C", undefined), /This model knows no chords/);
});

test("the key is the one whose scale contains the chords, and the first chord decides between relative keys", () => {
  const keys = ["C major", "F major", "A minor", "D minor", "A blues", "nothing"];
  assert.equal(keyOf("Am F C G", keys), "A minor");
  assert.equal(keyOf("C G Am F", keys), "C major");
  assert.equal(keyOf("F Bb C F", keys), "F major");
  assert.equal(keyOf("Dm Gm Dm A7", keys), "D minor");
  assert.equal(keyOf("A7 D7 A7 E7", keys), "A blues");
  assert.equal(keyOf("C", []), undefined);
});

test("the numerals of a progression have the same tones", () => {
  const text = "Am | Dm7 G7 | Cmaj7 | Bm7b5 E7";
  const { round, last } = inKey(text, "A minor");
  assert.equal(last, "Im");
  const tones = barsOf(round)
    .flat()
    .map((name) => {
      const { above, quality } = numeralOf(name);
      return intervalsOf(quality).map((step) => (9 + above + step) % 12);
    });
  assert.deepEqual(tones, [
    [9, 0, 4],
    [2, 5, 9, 0],
    [7, 11, 2, 5],
    [0, 4, 7, 11],
    [11, 2, 5, 9],
    [4, 8, 11, 2],
  ]);
});
