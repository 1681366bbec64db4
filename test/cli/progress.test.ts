/** Progress, as it stands in the terminal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { progressBar, progressOn, songProgressLine } from "../../src/cli/progress.ts";

test("the bar shows for each place of the song the finest level that got there", () => {
  assert.equal(progressBar([0, 0, 0], 10), "··········");
  assert.equal(progressBar([0.2, 0.5, 0.9], 10), "██▓▓▓░░░░·");
  assert.equal(progressBar([0.29, 0.29, 1], 10), "██░░░░░░░░");
  assert.equal(progressBar([1, 1, 1], 10), "██████████");
  assert.equal(progressBar([0.5], 4), "██··");
});

test("the line tells how much is done and how fast that went", () => {
  const line = songProgressLine({ parts: [0.4, 0.8], seconds: 20, elapsedSeconds: 5 }, 10);
  assert.equal(line, "████░░░░··  8.0 of 20.0 s, 1.6 × real time");
  assert.match(songProgressLine({ parts: [0], seconds: 20, elapsedSeconds: 0 }), /0\.0 of 20\.0 s, 0\.0 × real/);
});

const shownOn = (isTTY: boolean) => {
  const written: string[] = [];
  const progress = progressOn({ isTTY, write: (text) => written.push(text) });
  for (const part of [0, 0.05, 0.05, 0.1, 0.34, 0.35, 1])
    progress.show({ parts: [part], seconds: 10, elapsedSeconds: 2 });
  progress.end();
  return written;
};

test("on a terminal one line is written over whenever it changes, and ended once", () => {
  const written = shownOn(true);
  assert.equal(written.length, 7);
  assert.equal(written.pop(), "\n");
  for (const text of written) assert.match(text.replace("\x1b", "ESC"), /^\r[^\r\n]+ESC\[K$/);
});

test("elsewhere each tenth of the song gets one plain line", () => {
  const written = shownOn(false);
  assert.deepEqual(
    written.map((text) => text.split(":")[0]),
    ["10 %", "30 %", "100 %"],
  );
  for (const text of written) assert.match(text.replace("\x1b", "\r"), /^[^\r]+\n$/);
});
