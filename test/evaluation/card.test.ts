/** Cards keep what was written by hand and take what was measured. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { fillCard, sectionsOf } from "../../src/evaluation/card.ts";
import type { Evaluation } from "../../src/evaluation/report.ts";
import { readModelConfig } from "../../src/model/folder.ts";

test("marked places are filled again and again, and all else stays", () => {
  const text =
    "# A\n\n<!-- one -->\nold\n\nolder\n<!-- end -->\nby hand <!-- a note -->\n\n<!-- two -->\n<!-- end -->\n";
  const filled = fillCard(text, { one: "| 1 |", two: "2" });
  assert.equal(
    filled,
    "# A\n\n<!-- one -->\n| 1 |\n<!-- end -->\nby hand <!-- a note -->\n\n<!-- two -->\n2\n<!-- end -->\n",
  );
  assert.equal(fillCard(filled, { one: "| 1 |", two: "2" }), filled);
});

test("a place that nothing is measured for is told, with those that there are", () => {
  assert.throws(
    () => fillCard("<!-- bit -->\n<!-- end -->", { bits: "", sizes: "" }),
    (error) => error instanceof UserError && /"bit".*bits, sizes/.test(error.message),
  );
});

test("the numbers of garage's card are those that were measured of its weights", async () => {
  const folder = join(import.meta.dirname, "../../models/garage");
  const [text, json] = ["README.md", "evaluation.json"].map((name) => readFileSync(join(folder, name), "utf8"));
  const evaluation = JSON.parse(json!) as Evaluation;
  const config = await readModelConfig(folder);
  assert.equal(evaluation.sha256, config.weights[0]!.sha256);
  const sections = sectionsOf(config, evaluation);
  for (const name of Object.keys(sections)) assert.match(text!, new RegExp(`<!-- ${name} -->`));
  assert.equal(fillCard(text!, sections), text);
});
