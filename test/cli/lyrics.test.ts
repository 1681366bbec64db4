/** Lyrics from a file. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readLyricsFile } from "../../src/cli/lyrics-file.ts";
import { UserError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

test("a file of lyrics is read as it stands", async (t) => {
  const path = join(temporaryFolder(t), "song.txt");
  writeFileSync(path, "\ufeffOne\r\n  zwei — 三\n");
  assert.equal(await readLyricsFile(path), "One\r\n  zwei — 三\n");
  writeFileSync(path, Buffer.from("\ufeffOne\r\n  zwei — 三\n", "utf16le"));
  assert.equal(await readLyricsFile(path), "One\r\n  zwei — 三\n");
  writeFileSync(path, "a".repeat(65_536));
  assert.equal((await readLyricsFile(path)).length, 65_536);
});

test("a file as Windows programs write it is read: UTF-16, and Russian in its own code page", async (t) => {
  const path = join(temporaryFolder(t), "song.txt");
  writeFileSync(path, "\ufeffОй, мороз\n", "utf16le");
  assert.equal(await readLyricsFile(path), "Ой, мороз\n");
  writeFileSync(path, Buffer.from([0xfe, 0xff, 0x04, 0x1e, 0x04, 0x39]));
  assert.equal(await readLyricsFile(path), "Ой");
  writeFileSync(path, Buffer.from([0xce, 0xe9, 0x2c, 0x20, 0xec, 0xee, 0xf0, 0xee, 0xe7, 0x0a]));
  assert.equal(await readLyricsFile(path), "Ой, мороз\n");
});

test("what can't be lyrics is refused in a sentence", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "song.txt");
  const refused = (file: string, message: RegExp) =>
    assert.rejects(readLyricsFile(file), (error) => error instanceof UserError && message.test(error.message));
  await refused(join(folder, "none.txt"), /none\.txt": there is no such file\.$/);
  await refused(folder, /it can't be opened\.$/);
  await refused("/dev/zero", /too long for lyrics/);
  writeFileSync(path, "a".repeat(65_537));
  await refused(path, /too long for lyrics: it has more than 65536 bytes/);
  writeFileSync(path, Buffer.from([0x61, 0xff, 0x62]));
  await refused(path, /is not UTF-8 text/);
});
