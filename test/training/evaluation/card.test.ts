/** Cards keep what was written by hand and take what was measured. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../../src/errors.ts";
import { fillCard } from "../../../src/training/evaluation/card.ts";

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
