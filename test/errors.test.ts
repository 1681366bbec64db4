/** Errors of disks: known by the system's and SQLite's codes, told with their path in the terminal and without it in Discord. */
import assert from "node:assert/strict";
import { closeSync, openSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyToWav } from "../src/audio/copy.ts";
import { failureText, isOurs } from "../src/bot/discord/texts.ts";
import { exitCode } from "../src/cli/exit-code.ts";
import { DiskError, diskError, packError, UserError, unpackError } from "../src/errors.ts";
import { makeFolder } from "../src/files.ts";
import { temporaryFolder } from "./support/folder.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

function writeToFull(): void {
  const file = openSync("/dev/full", "w");
  try {
    writeSync(file, "too much");
  } finally {
    closeSync(file);
  }
}

test("no error of a disk shows a path in Discord, across threads or not, and all are logged", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "");
  const cases: [() => unknown, string, RegExp][] = [
    [writeToFull, "full", /^The disk is full\. Try again later/],
    [() => openSync(join(folder, "none", "song"), "w"), "missing", /^I can't use my disk at the moment\./],
    [() => openSync(join(folder, "file", "song"), "w"), "missing", /^I can't use my disk at the moment\./],
    [() => openSync(folder, "w"), "missing", /^I can't use my disk at the moment\./],
  ];
  for (const [work, trouble, text] of cases) {
    const raw = thrownBy(work);
    const known = diskError(raw, folder);
    for (const error of [raw, known, unpackError(packError(known))]) {
      assert.equal(diskError(error)?.trouble, trouble);
      assert.match(failureText(error, "3f2a91c0"), text);
      assert.equal(failureText(error, "3f2a91c0").includes(folder), false);
      assert.ok(isOurs(error));
    }
    assert.ok(known?.message.includes(folder));
  }
  assert.equal(isOurs(new UserError("Ask for less.")), false);
  assert.equal(failureText(unpackError(packError(new UserError("Ask for less."))), "3f2a91c0"), "Ask for less.");
});

test("programs end with a sentence where a disk is full, whatever part of them wrote", async () => {
  const said: string[] = [];
  const code = await exitCode(async () => writeToFull(), { write: (text) => said.push(text) });
  assert.equal(code, 1);
  assert.match(said.join(""), /^There is no room left on the disk for [^\n]*\n$/);
});

test("a copy of a sound file that finds the disk full is no refusal of the file", async (t) => {
  const to = join(temporaryFolder(t), "copy.wav");
  symlinkSync("/dev/full", `${to}.part`);
  await assert.rejects(
    copyToWav(join(import.meta.dirname, "audio/fixtures/stereo.flac"), to, { sampleRate: 22_050 }),
    (error) => error instanceof DiskError && error.trouble === "full" && error.message.includes(to),
  );
});

test("a folder that no disk can hold is refused, and does not keep the program for ever", () => {
  assert.throws(() => makeFolder("/proc/nothing/songs"), DiskError);
});
