/** Files that appear only when complete: written as `<path>.part`, and renamed at the end. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { DiskError, explained } from "./errors.ts";

export interface PartFile {
  /** Bytes appended so far. */
  readonly bytes: number;
  append(data: Uint8Array): void;
  /** Overwrites existing bytes, such as a header that was not known at the start. */
  overwrite(position: number, data: Uint8Array): void;
  /** Completes the file, which gets its name now. */
  close(): void;
  /** Removes the unfinished file; does nothing after `close`. */
  discard(): void;
}

/** Opens a new file. On any error the unfinished file is removed, and disk errors become a DiskError. */
export function openPartFile(path: string): PartFile {
  const part = `${path}.part`;
  const descriptor = explained(path, () => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new DiskError("missing", `"${path}" is a folder. Choose the name of a file.`);
    return openSync(part, "w");
  });
  let open = true;
  let bytes = 0;
  const discard = () => {
    if (!open) return;
    open = false;
    try {
      closeSync(descriptor);
      rmSync(part, { force: true });
    } catch {
      // a failed disk fails here as well; the first error is the one to report
    }
  };
  const attempt = (work: () => void) => {
    if (!open) throw new Error(`"${path}" is closed already`);
    try {
      explained(path, work);
    } catch (error) {
      discard();
      throw error;
    }
  };
  return {
    get bytes() {
      return bytes;
    },
    append: (data) =>
      attempt(() => {
        writeAll(descriptor, data, bytes);
        bytes += data.length;
      }),
    overwrite: (position, data) => attempt(() => writeAll(descriptor, data, position)),
    close: () =>
      attempt(() => {
        fsyncSync(descriptor); // some file systems report a full disk only here
        renameSync(part, path);
        open = false;
        closeSync(descriptor);
      }),
    discard,
  };
}

/** A single write may be partial. */
function writeAll(descriptor: number, data: Uint8Array, position: number): void {
  for (let done = 0; done < data.length; ) {
    done += writeSync(descriptor, data, done, data.length - done, position + done);
  }
}

/** Creates a folder and its parents, with access for the owner only. Node's recursive mkdir can loop forever on /proc. */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const above = dirname(path);
  if (statSync(above, { throwIfNoEntry: false }) === undefined) makeFolder(above);
  explained(path, () => mkdirSync(path, { mode: 0o700 }));
}
