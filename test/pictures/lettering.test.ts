/** The stroke font: its glyphs, the width of texts, and drawing on a canvas. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "fast-png";
import { Canvas } from "../../src/pictures/canvas.ts";
import { CAPITAL, fitting, strokesOf, widthOf } from "../../src/pictures/lettering.ts";

const alphabet = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-+'"()[]/`;

test("every letter, digit and punctuation mark has distinct strokes within its width and height", () => {
  const shapes = [...alphabet].map((letter) => {
    const strokes = strokesOf(letter, CAPITAL);
    assert.ok(strokes.length > 0, letter);
    for (const [x, y] of strokes.flat()) {
      assert.ok(x >= 0 && x <= widthOf(letter, CAPITAL) + 1e-9, `${letter} at ${x}`);
      assert.ok(y >= 0 && y <= (4 / 3) * CAPITAL, `${letter} at ${y}`);
    }
    return JSON.stringify(strokes);
  });
  assert.equal(new Set(shapes).size, alphabet.length);
});

test("glyphs are placed side by side, and unknown characters leave a gap", () => {
  const alone = strokesOf("b", 10).flat();
  const behind = strokesOf("ab", 10).flat().slice(strokesOf("a", 10).flat().length);
  const shift = widthOf("ab", 10) - widthOf("b", 10);
  for (const [at, [x, y]] of behind.entries()) {
    assert.ok(Math.abs(x - shift - alone[at]![0]) < 1e-9);
    assert.equal(y, alone[at]![1]);
  }
  assert.deepEqual(strokesOf("\u{1f3b5}\0", 10), []);
  assert.equal(widthOf("\u{1f3b5}", 10), widthOf(" ", 10));
  assert.equal(widthOf("", 10), 0);
});

test("a text that is too long is cut and ends in dots", () => {
  assert.equal(fitting("short", 10, 1000), "short");
  const cut = fitting("Nobody knows my name", 10, 100);
  assert.match(cut, /^Nobody.*\.\.\.$/);
  assert.ok(widthOf(cut, 10) <= 100);
});

test("a vertical stroke has the expected height and width, and rotated text exchanges them", () => {
  const lit = (upward: boolean): { xs: number[]; ys: number[] } => {
    const canvas = new Canvas(60, 60, [0, 0, 0]);
    canvas.text("I", 30, 20, { height: 24, upward });
    const { data } = decode(canvas.png());
    const places = Array.from({ length: 3600 }, (_, at) => at).filter((at) => data[at * 3]! > 127);
    return { xs: places.map((at) => at % 60), ys: places.map((at) => Math.floor(at / 60)) };
  };
  const size = (numbers: number[]): number => Math.max(...numbers) - Math.min(...numbers) + 1;
  const upright = lit(false);
  // 24 plus the round ends of a line 3 px wide
  assert.ok(size(upright.xs) >= 3 && size(upright.xs) <= 4 && Math.abs(size(upright.ys) - 27) <= 1);
  const turned = lit(true);
  assert.ok(Math.abs(size(turned.xs) - 27) <= 1 && size(turned.ys) >= 3 && size(turned.ys) <= 4);
});

test("drawing beyond the edges is clipped", () => {
  const canvas = new Canvas(8, 8, [1, 2, 3]);
  canvas.set(-1, 3, [255, 0, 0]);
  canvas.set(8, 0, [255, 0, 0]);
  canvas.fill(6, 6, 10, 10, [9, 9, 9]);
  canvas.line(
    [
      [-1e6, -50],
      [1e6, -50],
    ],
    3,
    [255, 0, 0],
  );
  const { data } = decode(canvas.png());
  assert.equal(data.filter((value) => value === 255).length, 0);
  assert.equal(data.filter((value) => value === 9).length, 4 * 3);
});
