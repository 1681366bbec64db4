/** The recogniser as a judge: it knows spoken and sung lines from others, and forgets between them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ranges, type Singer, singLine } from "../../src/corpus/voice/singer.ts";
import { openChooser, openWriter, wordErrors, wordsOf } from "../../src/evaluation/recogniser.ts";

const lines = [
  "the silver river runs toward the sea",
  "every lonely captain knows my name",
  "give me honey and give me bread",
  "we will dance beneath the yellow moon",
];

const generateClips = (singer: Singer, text: string) => {
  const [low] = ranges[singer];
  const notes = Array.from({ length: 10 }, (_, index) => ({
    seconds: 0.4 + 0.4 * index,
    duration: 0.4,
    pitch: low + 5 + [0, 2, 4, 2, 5, 4, 2, 0, 2, 0][index]!,
  }));
  return singLine({ singer, text, notes }).sound;
};

test("lines sung are chosen among others, in any order of listening", async () => {
  const choose = await openChooser();
  for (const [singer, index] of [
    ["low", 0],
    ["high", 2],
    ["choir", 3],
    ["low", 0],
  ] as const)
    assert.equal(choose(generateClips(singer, lines[index]!), 22_050, lines), index, `${singer}: ${lines[index]}`);
  assert.throws(() => choose(new Float32Array(22_050), 22_050, ["blorptastic"]), /doesn't know "blorptastic"/);
});

test("a line sung is written down, most of its words right, without being offered", async () => {
  const write = await openWriter();
  const text = lines[1]!;
  const errors = wordErrors(wordsOf(text), write(generateClips("low", text), 22_050));
  assert.ok(errors <= 2, `${errors} errors in 6 words`);
});

test("word errors are words put in, left out or taken for others", () => {
  const errors = (a: string, b: string) => wordErrors(wordsOf(a), wordsOf(b));
  assert.equal(errors("The river runs", "the river runs"), 0);
  assert.equal(errors("the river runs", "a river"), 2);
  assert.equal(errors("so long", "oh so very long"), 2);
  assert.equal(errors("don't go", ""), 2);
});
