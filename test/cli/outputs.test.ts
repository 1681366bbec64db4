/** Files that a program may write. */
import assert from "node:assert/strict";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkOutputs, freeName } from "../../src/cli/outputs.ts";
import { UserError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

test("an output is refused where a file, a folder or a link is, unless it may be replaced", (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string): string => join(folder, name);
  const refused = (name: string, message: RegExp) =>
    assert.throws(
      () => checkOutputs([at("new.ogg"), at(name)]),
      (error) => error instanceof UserError && message.test(error.message),
    );
  writeFileSync(at("song.ogg"), "");
  mkdirSync(at("folder.ogg"));
  symlinkSync("nowhere", at("link.ogg"));
  writeFileSync(at("half.ogg.part"), "");
  for (const name of ["song.ogg", "folder.ogg", "link.ogg"]) refused(name, /exists already\. Choose another name/);
  refused("half.ogg", /half\.ogg\.part" exists: another run is writing it/);
  refused("NEW.ogg", /Two outputs have the name/);
  checkOutputs([at("song.ogg"), at("half.ogg")], { force: true });
  checkOutputs([at("new.ogg"), at("none/new.ogg")]);
});

test("an output is never an input, by whatever name, even if files may be replaced", (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("song.wav"), "");
  linkSync(at("song.wav"), at("hard.wav"));
  symlinkSync("song.wav", at("soft.wav"));
  symlinkSync(folder, at("here"));
  writeFileSync(at("é.wav".normalize("NFC")), "");
  const names = ["song.wav", "SONG.wav", "hard.wav", "soft.wav", "here/song.wav", "x/../song.wav"];
  for (const [output, input] of [
    ...names.map((name) => [name, "song.wav"]),
    ["song.wav", "soft.wav"],
    ["é.wav".normalize("NFD"), "é.wav".normalize("NFC")],
  ])
    assert.throws(
      () => checkOutputs([at(output!)], { inputs: [at(input!)], force: true }),
      (error) => error instanceof UserError && /is an input and would be overwritten/.test(error.message),
      output,
    );
});

test("a free name is the first of which no file is there", (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string): string => join(folder, name);
  const files = (name: string): string[] => [name, name.replace(/ogg$/, "lrc")];
  assert.equal(freeName(at("song.ogg"), files), at("song.ogg"));
  writeFileSync(at("song.ogg"), "");
  writeFileSync(at("song-2.lrc"), "");
  assert.equal(freeName(at("song.ogg"), files), at("song-3.ogg"));
  assert.equal(
    freeName(at("a.codes.json"), (name) => [name], [at("A.codes.json")]),
    at("a-2.codes.json"),
  );
});
