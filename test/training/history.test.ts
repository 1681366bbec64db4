/** A training's numbers on disk, and as a picture. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decode } from "fast-png";
import { drawCurves, ticks } from "../../src/training/curves.ts";
import { openHistory, readHistory } from "../../src/training/history.ts";
import { temporaryFolder } from "../support/folder.ts";

test("a history goes on behind the checkpoint's step, and a line that was cut off is left out", (t) => {
  const path = join(temporaryFolder(t), "work", "prior.2.history.jsonl");
  assert.deepEqual(readHistory(path), []);
  const first = openHistory(path, 0);
  for (const step of [1, 2, 3]) first.add({ step, loss: 10 - step });
  appendFileSync(path, '{"step":4,"lo');
  const again = openHistory(path, 2);
  again.add({ step: 3, loss: 5 });
  assert.deepEqual(readHistory(path), [
    { step: 1, loss: 9 },
    { step: 2, loss: 8 },
    { step: 3, loss: 5 },
  ]);
});

test("ticks are round numbers between the ends", () => {
  assert.deepEqual(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(
    ticks(5.31, 6.02, 4).map((tick) => tick.toFixed(1)),
    ["5.4", "5.6", "5.8", "6.0"],
  );
});

test("a falling loss is drawn falling, in a panel of its own, and a stage without numbers has none", () => {
  const falling = Array.from({ length: 50 }, (_, index) => ({ step: index, loss: 8 - index / 10 }));
  const panel = { name: "prior 2", history: falling, lines: ["loss"] };
  const one = decode(drawCurves([panel, { name: "prior 1", history: [], lines: ["loss"] }]));
  const four = decode(drawCurves([panel, panel, panel, panel]));
  assert.deepEqual([four.width, four.height], [3 * one.width, 2 * one.height]);
  const blue = (x: number): number[] =>
    Array.from({ length: one.height }, (_, y) => y).filter(
      (y) => one.data[3 * (y * one.width + x) + 2] === 200 && y > 24,
    );
  const [early, late] = [blue(100), blue(600)];
  assert.ok(early.length > 0 && late.length > 0 && early[0]! < late[0]! - 50, `${early} and ${late}`);
});
