/** Errors for users: what is wrong, and what to do about it. */

/** Something the user can fix; its message is shown verbatim. Any other error is a bug and is logged. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** Kinds of disk errors. */
export type DiskTrouble = "full" | "refused" | "missing" | "crowded" | "busy" | "damaged" | "broken";

/**
 * A file or the store could not be used. The message names the path and is for the terminal and the log; on Discord only
 * `trouble` is used.
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

/** By system error code. */
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

/** By primary result code of SQLite. */
const storeTroubles: Readonly<Record<number, Explanation>> = {
  5: ["busy", (path) => `Another program is using the store ${path}.`],
  8: ["refused", (path) => `I am not allowed to write the store ${path}.`],
  10: ["broken", (path) => `The disk failed while the store ${path} was in use.`],
  11: damaged,
  13: ["full", (path) => `There is no room left on the disk for the store ${path}.`],
  14: ["refused", (path) => `The store ${path} can't be opened.`],
  26: damaged,
};

/** The DiskError for a system or SQLite error, if it is one; `path` is used if the error has none. */
export function diskError(error: unknown, path?: string): DiskError | undefined {
  if (error instanceof DiskError) return error;
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const explanation = explanationOf(error, String(error.code));
  if (explanation === undefined) return undefined;
  const [trouble, describe] = explanation;
  const own = "path" in error && typeof error.path === "string" ? error.path : "a file";
  return new DiskError(trouble, describe(path ?? own), { cause: error });
}

/** The error for the user; undefined for a bug. */
export const asUserError = (error: unknown): UserError | undefined =>
  error instanceof UserError ? error : diskError(error);

function explanationOf(error: Error, code: string): Explanation | undefined {
  if (code !== "ERR_SQLITE_ERROR") return Object.hasOwn(systemTroubles, code) ? systemTroubles[code] : undefined;
  return "errcode" in error ? storeTroubles[Number(error.errcode) & 0xff] : undefined;
}

/** Runs `work`; disk errors become a DiskError that names the path. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error, path) ?? error;
  }
}

/** The same for asynchronous work. */
export async function explainedLater<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, path) ?? error;
  }
}

/** An error, serialised for another thread. */
export interface Failure {
  readonly forUser: boolean;
  /** For a DiskError. */
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
