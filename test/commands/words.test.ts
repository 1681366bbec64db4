/** Words from outside in messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../src/commands/text.ts";

test("words from outside are shown as they are", () => {
  assert.equal(plain("**a** _b_ ~~c~~ ||d||"), "\\*\\*a\\*\\* \\_b\\_ \\~\\~c\\~\\~ \\|\\|d\\|\\|");
  assert.equal(plain("# loud"), "\\# loud");
  assert.ok(!/@(everyone|here)|<@\d/.test(plain("@everyone @here <@123> <@&456>")));
  assert.ok(plain("```js\ncode\n```").startsWith("\\`"));
});

test("endless words are cut", () => assert.ok(plain("la".repeat(10_000)).length < 1600));

test("signs that open many marks are shown as they are", () => {
  for (const sign of [
    "[a](",
    "</a",
    "<:a",
    "*_~`|",
    "```",
    "https://a.b/_",
    "# ",
    "1. ",
    "> ",
    "<t:-",
    "_*",
    "||",
    "\\",
  ])
    assert.ok(plain(sign.repeat(1500)).length < 4500, sign);
  assert.equal(plain("[a](b)"), "\\[a](b)");
});
