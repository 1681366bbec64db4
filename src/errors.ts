/** Errors that people are shown: what was wrong, and what to do about it. */

/** Something the user can mend; its message is shown word for word. Anything else thrown is a bug and is logged. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** What kept a disk from being used. */
export type DiskTrouble = "full" | "refused" | "missing" | "crowded" | "busy" | "damaged" | "broken";

/**
 * A file or the store could not be used. Its message names the path: it is for the terminal and the log, while Discord is only
 * told of the trouble.
 */
export class DiskError extends UserError {
  readonly trouble: DiskTrouble;

  constructor(trouble: DiskTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}

type Explanation = readonly [DiskTrouble, (path: string) => string];

const forbidden: Explanation = [
  "refused",
  (path) => `I am not allowed to write "${path}". Choose another place, or give me the right to write there.`,
];
const manyFiles: Explanation = [
  "crowded",
  (path) => `"${path}" could not be opened: too many files are open. Raise the limit of open files (ulimit -n).`,
];

/** By the system's code. */
const systemTroubles: Readonly<Record<string, Explanation>> = {
  ENOSPC: ["full", (path) => `There is no room left on the disk for "${path}". Make room, or choose another place.`],
  EDQUOT: [
    "full",
    (path) => `Your disk quota is used up, so "${path}" could not be written. Make room, or choose another place.`,
  ],
  EFBIG: ["full", (path) => `"${path}" is larger than files may be here. Raise the limit, or choose another place.`],
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: ["refused", (path) => `"${path}" is on a disk that can only be read. Choose another place.`],
  ENOENT: ["missing", (path) => `The folder for "${path}" does not exist. Create it first, or choose another place.`],
  ENOTDIR: ["missing", (path) => `"${path}" has a file where a folder should be. Choose another place.`],
  EEXIST: ["missing", (path) => `"${path}" exists already and is something else. Choose another place.`],
  EISDIR: ["missing", (path) => `"${path}" is a folder. Choose the name of a file.`],
  ELOOP: ["missing", (path) => `"${path}" is a link that leads back to itself. Choose another place.`],
  ENAMETOOLONG: ["missing", (path) => `The name "${path}" is too long. Choose a shorter one.`],
  EIO: ["broken", (path) => `The disk failed while "${path}" was in use. Check the disk, or choose another place.`],
  EMFILE: manyFiles,
  ENFILE: manyFiles,
};

const damaged: Explanation = ["damaged", (path) => `The store ${path} is damaged.`];

/** By SQLite's primary result code. */
const storeTroubles: Readonly<Record<number, Explanation>> = {
  5: ["busy", (path) => `Another program is using the store ${path}.`],
  8: ["refused", (path) => `I am not allowed to write the store ${path}.`],
  10: ["broken", (path) => `The disk failed while the store ${path} was in use.`],
  11: damaged,
  13: ["full", (path) => `There is no room left on the disk for the store ${path}.`],
  14: ["refused", (path) => `The store ${path} can't be opened.`],
  26: damaged,
};

/** The error of a disk in words, if it is one; an error without a path is about the one given. */
export function diskError(error: unknown, path?: string): DiskError | undefined {
  if (error instanceof DiskError) return error;
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const explanation = explanationOf(error, String(error.code));
  if (explanation === undefined) return undefined;
  const [trouble, say] = explanation;
  const own = "path" in error && typeof error.path === "string" ? error.path : "a file";
  return new DiskError(trouble, say(path ?? own), { cause: error });
}

/** What a program's user is told of an error: none for a bug. */
export const asUserError = (error: unknown): UserError | undefined =>
  error instanceof UserError ? error : diskError(error);

function explanationOf(error: Error, code: string): Explanation | undefined {
  if (code !== "ERR_SQLITE_ERROR") return Object.hasOwn(systemTroubles, code) ? systemTroubles[code] : undefined;
  return "errcode" in error ? storeTroubles[Number(error.errcode) & 0xff] : undefined;
}

/** Does the work; what the disk has against it becomes a sentence that names the path. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error, path) ?? error;
  }
}

/** The same for work that takes a while. */
export async function explainedLater<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, path) ?? error;
  }
}

/** An error as it crosses threads. */
export interface Failure {
  readonly forUser: boolean;
  /** Of a disk. */
  readonly trouble?: DiskTrouble;
  readonly message: string;
  readonly stack?: string;
}

export function packError(error: unknown): Failure {
  const known = error instanceof Error ? error : new Error(String(error));
  return {
    forUser: known instanceof UserError,
    ...(known instanceof DiskError && { trouble: known.trouble }),
    message: known.message,
    ...(known.stack && { stack: known.stack }),
  };
}

export function unpackError({ forUser, trouble, message, stack }: Failure): Error {
  const user = trouble === undefined ? new UserError(message) : new DiskError(trouble, message);
  const error = forUser ? user : new Error(message);
  if (stack) error.stack = stack;
  return error;
}
