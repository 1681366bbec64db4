/** A file that appears under its name only when it is whole: written as `<path>.part`, renamed at the end. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { UserError } from "./errors.ts";

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
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new UserError(sentences.EISDIR(path));
    return openSync(part, "w");
  });
  let open = true;
  let bytes = 0;
  const discard = () => {
    if (!open) return;
    open = false;
    closeSync(descriptor);
    rmSync(part, { force: true });
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

const sentences = {
  ENOSPC: (path: string) => `There is no room left on the disk for "${path}". Make room, or choose another place.`,
  EDQUOT: (path: string) =>
    `Your disk quota is used up, so "${path}" could not be written. Make room, or choose another place.`,
  EACCES: (path: string) =>
    `I am not allowed to write "${path}". Choose another place, or give me the right to write there.`,
  EPERM: (path: string) =>
    `I am not allowed to write "${path}". Choose another place, or give me the right to write there.`,
  EROFS: (path: string) => `"${path}" is on a disk that can only be read. Choose another place.`,
  ENOENT: (path: string) => `The folder for "${path}" does not exist. Make it first, or choose another place.`,
  ENOTDIR: (path: string) => `"${path}" has a file where a folder should be. Choose another place.`,
  EISDIR: (path: string) => `"${path}" is a folder. Choose the name of a file.`,
  ENAMETOOLONG: (path: string) => `The name "${path}" is too long. Choose a shorter one.`,
};

/** Turns what the system says into a sentence that names the file. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!Object.hasOwn(sentences, code)) throw error;
    throw new UserError(sentences[code as keyof typeof sentences](path), { cause: error });
  }
}
