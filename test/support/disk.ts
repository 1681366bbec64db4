/** Disks that fill and have room again while a process writes to them. */
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./folder.ts";

export interface Disk {
  readonly folder: string;
  /** Nothing more can be written, by the process with this id at least. */
  fill(pid: number): void;
  empty(pid: number): void;
}

/** A limit of the length of files that a process may write: any user may set it. */
export function limitedDisk(t: TestContext): Disk {
  const limit = (pid: number, bytes: string) =>
    execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
  return {
    folder: temporaryFolder(t),
    fill: (pid) => limit(pid, "512"),
    empty: (pid) => limit(pid, "unlimited"),
  };
}

/** A small disk in memory. */
export function smallDisk(t: TestContext): Disk {
  const folder = mkdtempSync(join(tmpdir(), "jukebox-disk-"));
  mount(folder);
  t.after(() => {
    execFileSync("umount", ["--lazy", folder]); // a process may use it yet
    rmSync(folder, { recursive: true });
  });
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill: () => fillUp(ballast),
    empty: () => rmSync(ballast),
  };
}

const mount = (folder: string) => spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", folder]).status === 0;

function fillUp(path: string): void {
  const file = openSync(path, "w");
  try {
    for (;;) if (writeSync(file, Buffer.alloc(4096)) === 0) return;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    closeSync(file);
  }
}

/** Whether this user may mount disks. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "jukebox-disk-"));
  const mounted = mount(folder);
  if (mounted) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return mounted;
}
