/** The waveform picture, checked pixel by pixel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "fast-png";
import { drawWaveform } from "../../src/pictures/waveform.ts";

const [width, height] = [640, 120];
const dark = [30, 31, 34];

/** Lit pixels of a column. */
function litPixels(picture: ReturnType<typeof decode>, x: number): number {
  let lit = 0;
  for (let y = 0; y < picture.height; y++) {
    const at = (y * picture.width + x) * 3;
    if (!dark.every((value, channel) => picture.data[at + channel] === value)) lit++;
  }
  return lit;
}

/** Height of each bar from left to right. */
function bars(peaks: readonly number[]): number[] {
  const picture = decode(drawWaveform(peaks));
  assert.deepEqual([picture.width, picture.height, picture.channels], [width, height, 3]);
  const columns = Array.from({ length: width }, (_, x) => litPixels(picture, x));
  return columns.filter((lit, x) => lit > 0 && columns[x - 1] === 0);
}

test("the height of each bar is the largest peak of its part of the song", () => {
  const heights = bars(Array.from({ length: 250 }, (_, i) => (i + 1) / 250));
  assert.equal(heights.length, 125);
  for (const [bar, lit] of heights.entries()) {
    const wanted = Math.max(2, (104 * 2 * (bar + 1)) / 250);
    assert.ok(lit >= wanted - 1 && lit <= wanted + 2, `bar ${bar}: ${lit} pixels, not ${wanted}`);
  }
});

test("a quiet song fills the picture, a nearly silent one does not", () => {
  assert.equal(Math.max(...bars(new Array(256).fill(0.2))), 104);
  assert.ok(Math.max(...bars(new Array(256).fill(0.01))) <= 12);
});

test("songs with few peaks or none have all bars", () => {
  const heights = bars([1, 0, 1]);
  assert.equal(heights.length, 125);
  assert.deepEqual([heights[0], heights[62], heights[124]], [104, 2, 104]);
  assert.deepEqual(bars([]), new Array(125).fill(2));
});
