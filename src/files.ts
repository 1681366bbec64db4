/** A file that appears under its name only when it is whole: written as `<path>.part`, renamed at the end. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { DiskError, explained } from "./errors.ts";

export interface PartFile {
  /** Bytes appended so far. */
  readonly bytes: number;
  append(data: Uint8Array): void;
  /** Writes over bytes that are there already: a header that was not known at the start. */
  overwrite(position: number, data: Uint8Array): void;
  /** Makes it whole: from here on it has its name. */
  close(): void;
  /** Leaves nothing behind; after `close` it does nothing. */
  discard(): void;
}

/** Opens a new file; whatever goes wrong, nothing half-written is left and what a user can mend is a UserError. */
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
      // A disk that failed fails here as well: what is told is why the file was given up.
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
        fsyncSync(descriptor); // some disks tell only now that they are full
        renameSync(part, path);
        open = false;
        closeSync(descriptor);
      }),
    discard,
  };
}

/** A single write may take less than it was given. */
function writeAll(descriptor: number, data: Uint8Array, position: number): void {
  for (let done = 0; done < data.length; ) {
    done += writeSync(descriptor, data, done, data.length - done, position + done);
  }
}

/** Creates a folder and those above it, for its owner only. Node's own way to do so never ends where a disk can hold none. */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const above = dirname(path);
  if (statSync(above, { throwIfNoEntry: false }) === undefined) makeFolder(above);
  explained(path, () => mkdirSync(path, { mode: 0o700 }));
}
