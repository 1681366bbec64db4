/** The alignment picture, checked pixel by pixel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "fast-png";
import { Attended } from "../../src/lyrics/attended.ts";
import { drawAlignment } from "../../src/pictures/alignment.ts";

const [left, right, top, bottom] = [250, 24, 46, 52]; // margins
const codeSeconds = 0.02;

/** Attention moves to the next character every half second. */
function steady(characters: number, codes: number, tokens = 64): Attended {
  const attended = new Attended({ characters, codes, codeSeconds });
  const weights = new Float32Array(codes * tokens);
  for (let code = 0; code < codes; code++) {
    const column = Math.floor((code * codeSeconds) / 0.5) + 1;
    if (column < tokens) weights[code * tokens + column] = 1;
  }
  attended.add({ from: 0, weights, tokens, character: 0 });
  return attended;
}

const text = "Nobody knows my name\nBut I know\n\nwhere the river goes";

function picture(attended: Attended, words = text) {
  const { width, height, data } = decode(drawAlignment(words, attended, { title: "a song" }));
  const brightness = (x: number, y: number): number =>
    [0, 1, 2].reduce((sum, c) => sum + data[(y * width + x) * 3 + c]!, 0);
  return { width, height, brightness };
}

test("time runs to the right and characters up: the brightest pixel of each column is the attended character", () => {
  const seconds = 20;
  const { width, height, brightness } = picture(steady(text.length, seconds / codeSeconds));
  assert.deepEqual([width, height], [1200, 720]);
  const [plotWidth, plotHeight] = [width - left - right, height - top - bottom];
  for (let x = 5; x < plotWidth; x += 23) {
    const character = Math.floor((x * seconds) / plotWidth / 0.5);
    const y = top + plotHeight - 1 - Math.floor(((character + 0.5) * plotHeight) / 40); // 40 characters get attention
    const inside = Math.abs((((x * seconds) / plotWidth / 0.5) % 1) - 0.5) < 0.4; // away from the transitions
    if (inside) {
      assert.ok(brightness(left + x, y) > 600, `column ${x}`);
      for (const other of [y - 40, y + 40])
        assert.ok(other < top || other >= top + plotHeight || brightness(left + x, other) < 20, `column ${x}`);
    }
  }
});

test("both axes are labelled, and each line is at the height of its first character", () => {
  const { width, height, brightness } = picture(steady(text.length, 1000));
  const lit = (x0: number, y0: number, x1: number, y1: number): boolean => {
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) if (brightness(x, y) > 300) return true;
    return false;
  };
  const plotHeight = height - top - bottom;
  const heightOf = (character: number): number => Math.round(top + plotHeight - ((character + 0.5) * plotHeight) / 40);
  for (const line of ["Nobody", "But", "where"]) {
    const y = heightOf(text.indexOf(line));
    assert.ok(lit(100, y - 4, left - 8, y + 5), line);
    assert.ok(lit(left - 5, y, left, y + 1), `tick of ${line}`);
  }
  assert.ok(!lit(40, heightOf(10) - 3, left, heightOf(10) + 3), "nothing is written between lines");
  assert.ok(lit(8, top, 30, height - bottom), "name of the characters' axis");
  assert.ok(lit(left, height - 30, width - right, height), "name of the music's axis");
  assert.ok(lit(left, height - bottom + 8, width - right, height - 32), "seconds");
  assert.ok(lit(left, 10, width - right, 34), "title");
});

test("songs without attention or lyrics are drawn as well", () => {
  for (const attended of [
    new Attended({ characters: 0, codes: 0, codeSeconds }),
    new Attended({ characters: 4, codes: 50, codeSeconds }),
    steady(1, 3),
  ])
    assert.equal(picture(attended, "la").width, 1200);
});
