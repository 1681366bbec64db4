/** Words for clips: new ones, the same for the same seed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newLyrics } from "../../src/evaluation/line-recognition.ts";
import { pronounce } from "../../src/singing/pronounce.ts";

test("lines are none of those known, and are known from then on", () => {
  const known = new Set<string>();
  const first = newLyrics(5, known).split("\n");
  assert.equal(first.length, 8);
  assert.deepEqual([...known], first);
  assert.deepEqual(newLyrics(5, new Set()).split("\n"), first);
  const others = newLyrics(5, known).split("\n");
  assert.ok(others.every((line) => !first.includes(line)));
  for (const line of first)
    assert.equal(
      pronounce(line).reduce((sum, { syllables }) => sum + syllables.length, 0),
      8,
    );
});
