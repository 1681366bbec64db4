/** Which lyrics a window is told, against the spec's numbers (5.2; 10.1, item 14), and what is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { fromIds } from "../../src/lyrics/characters.ts";
import { lyricIds, lyricWindow, mostCharacters, withLines } from "../../src/lyrics/lyrics.ts";
import { seeded } from "../support/random.ts";

const total = 180 * 44_100;
const double = (value: number): number => value;
const thousand = Array.from({ length: 1000 }, (_, at) => at + 1);

/** First and last of the lyrics' places that a window at this second is told. */
function span(
  count: number,
  window: number,
  seconds: number,
  round?: (value: number) => number,
): (number | undefined)[] {
  const { tokens, indices } = lyricWindow(thousand, count, { total, offset: seconds * 44_100, window }, round);
  assert.deepEqual([tokens.length, indices.length], [count, count]);
  assert.deepEqual(
    [...tokens],
    [...indices].map((at) => thousand[at]),
  );
  return [indices[0], indices.at(-1)];
}

test("windows are told the lyrics that the spec says, in float32 and in float64 (10.1, item 14)", () => {
  for (const round of [Math.fround, double]) {
    assert.deepEqual(span(384, 786_432, 0, round), [0, 383]);
    assert.deepEqual(span(384, 786_432, 30, round), [24, 407]);
    assert.deepEqual(span(384, 786_432, 100, round), [413, 796]);
    assert.deepEqual(span(384, 786_432, 170, round), [616, 999]);
    assert.deepEqual(span(512, 1_048_576, 100, round), [365, 876]);
    assert.deepEqual(span(512, 1_048_576, 170, round), [488, 999]);
  }
});

test("short lyrics come whole in every window, filled up in front", () => {
  for (const offset of [0, 3_000_000, total - 1]) {
    const { tokens, indices } = lyricWindow([7, 8, 9], 6, { total, offset, window: 786_432 });
    assert.deepEqual([...tokens], [0, 0, 0, 7, 8, 9]);
    assert.deepEqual([...indices], [-1, -1, -1, 0, 1, 2]);
  }
  assert.deepEqual([...lyricWindow([], 4, { total, offset: 0, window: 8 }).tokens], [0, 0, 0, 0]);
  assert.deepEqual([...lyricWindow([7, 8, 9, 10], 4, { total, offset: total - 1, window: 8 }).indices], [0, 1, 2, 3]);
});

test("a window's lyrics are never others than the lyrics, and float32 moves them by one character at most", () => {
  const random = seeded(3);
  for (let turn = 0; turn < 300; turn++) {
    const lyrics = Array.from({ length: 1 + Math.floor(random() * 9000) }, (_, at) => at);
    const long = Math.round((24 + random() * 575) * 44_100);
    const where = { total: long, offset: Math.floor(random() * long), window: 786_432 };
    const [one, other] = [lyricWindow(lyrics, 384, where), lyricWindow(lyrics, 384, where, double)];
    assert.ok(Math.abs(one.indices.at(-1)! - other.indices.at(-1)!) <= 1);
    assert.ok(
      one.indices.at(-1)! < lyrics.length && one.indices.every((at, i, all) => i === 0 || at <= all[i - 1]! + 1),
    );
  }
  assert.throws(() => lyricWindow([1], 4, { total: 10, offset: 10, window: 4 }), RangeError);
});

test("lyrics become ids of their cleaned text", () => {
  assert.equal(fromIds(lyricIds("Hé!\n“La”", "v3"), "v3"), 'He!\n"La"');
});

test("lyrics that can't be sung are refused in a sentence", () => {
  const refused = (work: () => unknown, message: RegExp) =>
    assert.throws(work, (error) => error instanceof UserError && message.test(error.message));
  refused(() => lyricIds("la", undefined), /^This model doesn't sing/);
  refused(() => lyricIds("🎵 #\n", "v3"), /^There is nothing to sing/);
  refused(() => lyricIds("", "v2"), /^There is nothing to sing/);
  refused(
    () => lyricIds("a".repeat(mostCharacters + 1), "v3"),
    /^Lyrics may have up to 10000 characters, not 10001\.$/,
  );
  assert.equal(lyricIds("a".repeat(mostCharacters), "v3").length, mostCharacters);
});

test("line breaks may be written as a slash between blanks, or as \\n", () => {
  assert.equal(withLines("one / two /  three\\nfour"), "one\ntwo\nthree\nfour");
  assert.equal(withLines("a / / b"), "a\n\nb");
  assert.equal(withLines("and/or 1/2"), "and/or 1/2");
  assert.equal(withLines("one\ntwo"), "one\ntwo");
});
