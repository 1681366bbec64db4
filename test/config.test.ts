/** Settings from the environment. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadEnvironment, readConfig } from "../src/config.ts";
import { UserError } from "../src/errors.ts";
import { temporaryFolder } from "./support/folder.ts";

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

const settings = "# Настройки\nDISCORD_TOKEN=abc\nMODEL='models/моя'\nexport CLIP_DAYS=7 # a week\n";
const windows = settings.replaceAll("\n", "\r\n");
const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();
const plain = "DISCORD_TOKEN=abc\r\nCLIP_DAYS=7\r\n";

const files: Readonly<Record<string, Uint8Array>> = {
  "UTF-8": Buffer.from(settings),
  "UTF-8 of Windows": Buffer.from(windows),
  "UTF-8 with a mark, of Notepad": Buffer.from(`\ufeff${windows}`),
  "UTF-16, of PowerShell's >": Buffer.from(`\ufeff${windows}`, "utf16le"),
  "UTF-16 with the high byte first": utf16be(`\ufeff${windows}`),
  "UTF-16 without a mark": Buffer.from(windows, "utf16le"),
  "UTF-16 without a mark, the high byte first": utf16be(windows),
  "UTF-8, and a line by PowerShell's >>": Buffer.concat([
    Buffer.from(plain),
    Buffer.from("MODEL=models/mine\r\n", "utf16le"),
  ]),
};

for (const [encoding, bytes] of Object.entries(files))
  test(`.env is read in ${encoding}`, (t) => {
    const path = join(temporaryFolder(t), ".env");
    writeFileSync(path, bytes);
    const { token, model, clipLimits } = readConfig(loadEnvironment(path, {}));
    assert.equal(token, "abc");
    assert.match(model, /^models\/(моя|mine)$/);
    assert.equal(clipLimits.maxAgeMs, 7 * 24 * 3600 * 1000);
  });

test("what is set already wins over .env, which may be missing, but not be unreadable", (t) => {
  const path = join(temporaryFolder(t), ".env");
  assert.deepEqual(loadEnvironment(path, { MODEL: "mine" }), { MODEL: "mine" });
  writeFileSync(path, "MODEL=theirs\nDATA=there\n");
  assert.deepEqual(loadEnvironment(path, { MODEL: "mine" }), { MODEL: "mine", DATA: "there" });
  const folder = join(temporaryFolder(t), ".env");
  mkdirSync(folder);
  assert.throws(
    () => loadEnvironment(folder, {}),
    (error) => error instanceof UserError && /I can't read the settings/.test(error.message),
  );
});
