/** Half-written songs that a killed process left: which of them go when the bot starts. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openTape } from "../../../src/audio/tape.ts";
import { removeLeftovers } from "../../../src/bot/songs/leftovers.ts";
import { alignmentPaths, openAlignmentFiles } from "../../../src/inference/alignment-files.ts";
import type { Settings } from "../../../src/store/store.ts";
import { aFakeTown } from "../../e2e/support.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** Settings in which this process was the last to write songs. */
function settingsOf(pid: number | undefined): Settings {
  const values = new Map(pid === undefined ? [] : [["process", String(pid)]]);
  return { get: (key) => values.get(key), set: (key, value) => void values.set(key, value) };
}

/** A process that does nothing, until the test is over or it is ended. */
function anotherProcess(t: TestContext) {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  t.after(() => child.kill("SIGKILL"));
  const end = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { pid: child.pid!, end };
}

const own = ["0123abcd.ogg", "0123abcd.lrc", "0123abcd.vtt", "0123abcd.png", "89abcdef/1.ogg", "89abcdef/16.ogg"];

/** Writes half of each of these, and returns those that are still there. */
function halves(folder: string, paths: readonly string[] = own) {
  const parts = paths.map((path) => join(folder, `${path}.part`));
  for (const part of parts) {
    mkdirSync(dirname(part), { recursive: true });
    writeFileSync(part, "half");
  }
  return () => parts.filter((part) => existsSync(part));
}

test("what a dead process left goes, whatever kind of file it was to be", async (t) => {
  const folder = temporaryFolder(t);
  const { pid, end } = anotherProcess(t);
  await end();
  for (const before of [pid, undefined, process.pid]) {
    const left = halves(folder);
    const settings = settingsOf(before);
    await removeLeftovers(folder, settings);
    assert.deepEqual(left(), [], `after process ${before}`);
    assert.equal(settings.get("process"), String(process.pid));
  }
});

test("the files that songs are written to are among them", async (t) => {
  const folder = temporaryFolder(t);
  const song = join(folder, "0123abcd.ogg");
  mkdirSync(join(folder, "89abcdef"));
  const begun = [
    openTape(song, { sampleRate: 48_000 }),
    openTape(join(folder, "89abcdef", "1.ogg"), { sampleRate: 48_000 }),
    openAlignmentFiles(song, { lrc: new Uint8Array(1), vtt: new Uint8Array(1), picture: new Uint8Array(1) }),
  ];
  t.after(() => begun.forEach((file) => void file.discard()));
  const there = [...Object.values(alignmentPaths("0123abcd.ogg")), "0123abcd.ogg", join("89abcdef", "1.ogg")];
  const inside = () => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  assert.deepEqual(inside(), [...there.map((path) => `${path}.part`), "89abcdef"].sort());
  await removeLeftovers(folder, settingsOf(undefined));
  assert.deepEqual(inside(), ["89abcdef"]);
});

test("of a process that still lives, only what was not touched for a day goes", async (t) => {
  const folder = temporaryFolder(t);
  const { pid } = anotherProcess(t);
  const left = halves(folder, ["0123abcd.ogg", "0123abce.ogg"]);
  const now = Date.now();
  utimesSync(join(folder, "0123abcd.ogg.part"), new Date(), new Date(now - 25 * 3600 * 1000));
  utimesSync(join(folder, "0123abce.ogg.part"), new Date(), new Date(now - 23 * 3600 * 1000));
  await removeLeftovers(folder, settingsOf(pid), { now });
  assert.deepEqual(left(), [join(folder, "0123abce.ogg.part")]);
});

test("songs, others' files, folders and links stay", async (t) => {
  const [folder, away] = [temporaryFolder(t), temporaryFolder(t)];
  const left = halves(folder, ["notes", "0123ABCD.ogg", "0123abcd.wav", "89abcdef/cover.ogg", "a/b/0123abcd.ogg"]);
  writeFileSync(join(folder, "0123abcd.ogg"), "a song");
  mkdirSync(join(folder, "0123abce.ogg.part"));
  const linked = halves(away, ["1.ogg"]);
  symlinkSync(away, join(folder, "01234567"));
  symlinkSync(join(away, "1.ogg.part"), join(folder, "0123abcf.ogg.part"));
  const before = readdirSync(folder, { recursive: true });
  await removeLeftovers(folder, settingsOf(undefined));
  assert.deepEqual([left().length, linked().length], [5, 1]);
  assert.deepEqual(readdirSync(folder, { recursive: true }), before);
});

test("the bot looks for them when it starts", async (t) => {
  const { bot, config, startBot } = await aFakeTown(t);
  await bot.stop();
  const left = halves(join(config.data, "songs"));
  await startBot();
  assert.deepEqual(left(), []);
});
