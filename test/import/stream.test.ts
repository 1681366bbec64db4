/** Files far larger than memory may be: a gigabyte goes through the importer in a small part of that. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { shapesOf } from "../../src/import/released.ts";
import { temporaryFolder } from "../support/folder.ts";
import { streamedPart, writeStreamedPart } from "./streamed-part.ts";

test("a checkpoint of more than a gigabyte is imported in less than half of that, as its largest tensor alone is in memory", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "large.pth.tar");
  const bytes = writeStreamedPart(file);
  assert.ok(bytes > 1e9);
  const child = join(import.meta.dirname, "stream-child.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [child, file, join(folder, "out")]);
  const { files, numbers, megabytes } = JSON.parse(stdout);
  const sizes = [...shapesOf(streamedPart).values()].map((shape) => shape.reduce((all, size) => all * size, 1));
  assert.equal(
    numbers,
    sizes.reduce((all, size) => all + size, 0),
  );
  assert.ok(files[0].bytes > 1e9);
  assert.ok(megabytes < 500, `${megabytes} MB were taken`);
});
