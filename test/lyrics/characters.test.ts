/** Cleaning lyrics, against the spec's sentences (5.1; 10.1, items 12 and 13). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromIds, idsOf, toIds, transliterate } from "../../src/lyrics/characters.ts";

test("the spec's sentence is transliterate as it says (10.1, item 13)", () => {
  const text = "Who said—“Two vast\\and… naïve + €5” ’tis 北京 Ñ";
  assert.equal(transliterate(text, "v2"), 'Who said--"Two vast\nand... naive + EUR5" \'tis Bei Jing  N');
  assert.equal(transliterate(text, "v3"), 'Who said--"Two vast\nand... naive  EUR5" \'tis Bei Jing  N');
});

test("the spec's examples are spelled as it says (5.1)", () => {
  const examples = { "“": '"', "—": "--", "’": "'", "…": "...", é: "e", ß: "ss", "€": "EUR", 北京: "Bei Jing " };
  for (const [text, ascii] of Object.entries(examples)) assert.equal(transliterate(text, "v2"), ascii, text);
});

test("what the library spells otherwise than the released models' lyrics were is mended", () => {
  const pairs = {
    "½": " 12 ", // the slash is in neither set
    "¤": "?",
    Ə: "",
    Є: "Ie",
    "№": "No",
    "①⑳Ⓐ⑴": "120A(1)",
    "𝓗𝓮𝔂 ＡＢＣ": "Hey ABC",
    "™": "(tm)",
    "\u0080\u009f": "",
    "a\u2028b\u2029c": "a\nb\n\nc",
    "Ã©": "A(c)", // not taken for bytes of UTF-8
    "🎵\ud800": "",
    "a\u0301": "a",
  };
  for (const [text, ascii] of Object.entries(pairs)) assert.equal(transliterate(text, "v3"), ascii, text);
});

test("case, blanks and lines are kept; what is in no set is dropped; only v2 has a plus", () => {
  assert.equal(transliterate("A  a\t\n#b* {c} <d> 1/2 @e", "v3"), "A  a\t\nb c d 12 e");
  assert.equal(transliterate("1+1", "v2"), "1+1");
  assert.equal(transliterate("1+1", "v3"), "11");
});

test("each character has the spec's id, and ids are read back", () => {
  assert.deepEqual(toIds("AZaz09.,:;!?-", "v3"), [1, 26, 27, 52, 53, 62, 63, 64, 65, 66, 67, 68, 69]);
  assert.deepEqual(toIds("'\"()[] \t\n", "v3"), [70, 71, 72, 73, 74, 75, 76, 77, 78]);
  assert.deepEqual(toIds("+'\"()[] \t\n", "v2"), [70, 71, 72, 73, 74, 75, 76, 77, 78, 79]);
  assert.deepEqual([idsOf("v2"), idsOf("v3")], [80, 79]);
  const text = 'Old town road (it\'s "mine")\n';
  for (const set of ["v2", "v3"] as const) assert.equal(fromIds([0, 0, ...toIds(text, set)], set), text);
});
