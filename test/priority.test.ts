/** Priorities below the process's own, for a user who may not raise one. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { temporaryFolder } from "./support/folder.ts";
import { writeTinyModel } from "./support/model.ts";

const root = join(import.meta.dirname, "..");

/** Root may do everything; without this right it is as any other user. */
const asUser = process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-sys_nice"] : [];

/** Runs Node under `nice -n`. */
async function niced(nice: number, words: string[]): Promise<{ code: number; out: string; err: string }> {
  const [program, ...rest] = [...asUser, "nice", "-n", `${nice}`, process.execPath, ...words];
  const child = spawn(program!, rest, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, out, err };
}

const inWorker = `
  import { getPriority, setPriority } from "node:os";
  import { lowerPriority } from "./src/priority.ts";
  const raised = () => { try { setPriority(getPriority() - 1); return true; } catch { return false; } };
  const told = [5, 2, 5, 9].map((by) => { lowerPriority(by); return getPriority(); });
  console.log(JSON.stringify({ own: getPriority(process.pid), told, raised: raised() }));
`;
const script = `
  import { Worker } from "node:worker_threads";
  new Worker(${JSON.stringify(inWorker)}, { eval: true, type: "module" });
`;

test("a thread goes below its process, as often as it asks, and never up again", async () => {
  for (const nice of [0, 6, 12, 19]) {
    const { out, err } = await niced(nice, ["--input-type=module", "-e", script]);
    assert.equal(err, "");
    const { own, told, raised } = JSON.parse(out) as { own: number; told: number[]; raised: boolean };
    assert.ok(own >= nice);
    const below = (by: number) => (process.platform === "linux" ? Math.min(own + by, 19) : own);
    assert.deepEqual([told, raised], [[below(5), below(5), below(5), below(9)], false]);
  }
});

test("a song that begins with a file is made under `nice -n 6`", async (t) => {
  const folder = temporaryFolder(t);
  await writeTinyModel(join(folder, "model"));
  const mp3 = join(import.meta.dirname, "audio/fixtures/stereo.mp3");
  const out = join(folder, "song.ogg");
  const words = [
    "src/cli/play.ts",
    "seconds:2",
    "--model",
    join(folder, "model"),
    "--prime",
    mp3,
    "--prime-seconds",
    "0.3",
  ];
  const { code, err } = await niced(6, [...words, "--out", out]);
  assert.equal(code, 0, err);
  assert.ok(existsSync(out));
});
