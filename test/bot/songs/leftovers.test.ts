/** Half-written songs that a killed process left: which of them go when the bot starts. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { openTape } from "../../../src/audio/tape.ts";
import { removeLeftovers } from "../../../src/bot/songs/leftovers.ts";
import { alignmentPaths, openAlignmentFiles } from "../../../src/inference/alignment-files.ts";
import { aFakeTown } from "../../e2e/support.ts";
import { temporaryFolder } from "../../support/folder.ts";

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

test("what an earlier process left goes, whatever kind of file it was to be", async (t) => {
  const folder = temporaryFolder(t);
  const left = halves(folder);
  await removeLeftovers(folder);
  assert.deepEqual(left(), []);
});

test("the files that songs are written to are among them", async (t) => {
  const folder = temporaryFolder(t);
  const song = join(folder, "0123abcd.ogg");
  mkdirSync(join(folder, "89abcdef"));
  const begun = [
    openTape(song, { sampleRate: 48_000 }),
    openTape(join(folder, "89abcdef", "1.ogg"), { sampleRate: 48_000 }),
    openAlignmentFiles(song, {
      lrc: new Uint8Array(1),
      words: new Uint8Array(1),
      vtt: new Uint8Array(1),
      picture: new Uint8Array(1),
    }),
  ];
  t.after(() => begun.forEach((file) => void file.discard()));
  const there = [...Object.values(alignmentPaths("0123abcd.ogg")), "0123abcd.ogg", join("89abcdef", "1.ogg")];
  const inside = () => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  assert.deepEqual(inside(), [...there.map((path) => `${path}.part`), "89abcdef"].sort());
  await removeLeftovers(folder);
  assert.deepEqual(inside(), ["89abcdef"]);
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
  await removeLeftovers(folder);
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
