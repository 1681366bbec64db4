/** Lyrics in other scripts: what is said, sung and refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { nothingToSing, transliterationNote, unreadNote } from "../../src/lyrics/scripts.ts";

test("words that can't be pronounced are named with their scripts, some of them where there are many", () => {
  assert.deepEqual(unreadNote([]), []);
  assert.deepEqual(unreadNote(["αγάπη", "愛", "αγάπη"]), [
    "Not sung: “αγάπη”, “愛”. I can't pronounce Greek and Han; Latin and Russian letters I can.",
  ]);
  const many = unreadNote(["a", "b", "c", "d", "e", "f"].map((letter) => `${"ω".repeat(30)}${letter}`));
  assert.match(many[0]!, /^Not sung: “ω{20}…”, (“ω{20}…”, ){3}“ω{20}…” and 1 more\. I can't pronounce Greek;/);
});

test("lyrics in such scripts alone are refused by their names, with what works", () => {
  const said = (...words: string[]): string => {
    const error = nothingToSing(words);
    assert.ok(error instanceof UserError);
    return error.message;
  };
  assert.match(said("שלום"), /I can't pronounce Hebrew\. Write them in Latin or Russian letters\.$/);
  assert.match(said("ありがとう", "世界"), /I can't pronounce Han and Hiragana\./);
  assert.match(said("ꙮ"), /rare Cyrillic letters/);
  assert.match(said(), /write them in letters\.$/);
});

test("a model that reads Latin letters says which words it sings in transliteration", () => {
  assert.deepEqual(transliterationNote("Là là, 12!"), []);
  assert.deepEqual(transliterationNote("la\nгде мне все тебе"), [
    "This model reads Latin letters only: Cyrillic is sung in transliteration, such as “gde mne vse tebe”.",
  ]);
});
