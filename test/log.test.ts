/** Log lines. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { describeCause } from "../src/log.ts";

test("a line has the message and all causes, and tokens are redacted", () => {
  const script = `
    import { log } from ${JSON.stringify(new URL("../src/log.ts", import.meta.url).href)};
    const inner = new Error("PATCH https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb246MTIzNDU2Nzg5/messages failed");
    log("error", "first\\nsecond", new Error("outer", { cause: inner }));
    log("info", "logged in with " + "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789");`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const [first, second, ...rest] = stderr.trim().split("\n");
  assert.deepEqual(rest, []);
  assert.match(first!, /^\d{4}-\d\d-\d\dT\S+ error first second: Error: outer, because Error: PATCH .*\[token\]/);
  assert.match(second!, / info logged in with \[token\]$/);
  assert.ok(!stderr.includes("aW50ZXJhY3Rpb246") && !stderr.includes("GaBcDe"));
});

test("a cause that is not an error is logged as a string", () => assert.equal(describeCause("words"), "words"));
