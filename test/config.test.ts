/** Settings from the environment. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig } from "../src/config.ts";
import { UserError } from "../src/errors.ts";

test("all but the token have defaults", () => {
  const config = readConfig({ DISCORD_TOKEN: "abc", MODEL: " " });
  assert.equal(config.model, "models/garage");
  assert.deepEqual(config.queue, { waiting: 20, perUser: 2 });
  assert.equal(config.replyMs, 840_000);
});

test("a missing token and numbers that are none are refused by name", () => {
  assert.throws(
    () => readConfig({}),
    (error) => error instanceof UserError && /DISCORD_TOKEN/.test(error.message),
  );
  for (const QUEUE_LENGTH of ["many", "0", "1.5", "-3"])
    assert.throws(() => readConfig({ DISCORD_TOKEN: "abc", QUEUE_LENGTH }), /QUEUE_LENGTH must be/);
});

test("the example file names every setting, and no other", () => {
  const example = readFileSync(join(import.meta.dirname, "../.env.example"), "utf8");
  const named = [...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!);
  const asked: string[] = [];
  const listening = new Proxy<Record<string, string>>(
    {},
    {
      get: (_, name) => {
        asked.push(String(name));
        return name === "DISCORD_TOKEN" ? "abc" : undefined;
      },
    },
  );
  readConfig(listening);
  assert.deepEqual(named.sort(), [...new Set(asked)].sort());
});
