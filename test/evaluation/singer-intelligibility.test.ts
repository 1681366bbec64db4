/** How understanding is counted: fair choices, and a table of what fakes understood. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runVoices } from "../../src/cli/voices.ts";
import { UserError } from "../../src/errors.ts";
import { wordsOf } from "../../src/evaluation/recogniser.ts";
import { measureSinger, OFFERED, offer, tableOf } from "../../src/evaluation/singer-intelligibility.ts";

test("each line is offered among nineteen others, each place in turn", () => {
  const texts = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  const answers = texts.map((text, index) => {
    const { offered, answer } = offer(texts, index);
    assert.equal(new Set(offered).size, OFFERED);
    assert.equal(offered[answer], text);
    return answer;
  });
  assert.equal(new Set(answers).size, OFFERED);
});

test("a judge who guesses is right once in twenty, one who writes nothing errs at every word", () => {
  const offers: string[][] = [];
  const found = measureSinger("low", {
    lines: 20,
    seed: 2,
    seconds: 12,
    choose(sound, sampleRate, lines) {
      assert.ok(sound.length > sampleRate / 2 && sound.some((sample) => Math.abs(sample) > 0.01));
      offers.push([...lines]);
      return 7;
    },
    write: () => [],
  });
  assert.equal(found.lines, 20);
  assert.equal(found.words, wordsOf(offers[0]!.join(" ")).length);
  assert.deepEqual([found.bare, found.mixed], Array(2).fill({ right: 1, wordErrors: found.words }));
  assert.match(tableOf([found]), /\| low, 43 … 60 \| 1 of 20 \(5 %\) \| 100 % \| 1 of 20 \(5 %\) \| 100 % \|$/);
});

test("wrong arguments of npm run voices are refused", async () => {
  for (const words of [["--singers", "tenor"], ["--lines", "3"], ["--seed", "x"], ["--loud"]])
    await assert.rejects(
      runVoices(words, () => {}),
      UserError,
    );
});
