/** How a database file is opened, checked and brought up to date; and how it is written: all or nothing. */
import { renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { diskError, UserError } from "../errors.ts";
import { migrations } from "./migrations.ts";

export interface OpenOptions {
  /** Called with a sentence when a damaged database was moved aside and a new one takes its place, or a damaged row is left out. */
  readonly onDamage?: (sentence: string) => void;
  /** Tests climb other ladders. */
  readonly steps?: readonly string[];
}

/** Opens the database, creating it if it is not there; whatever was committed survives a killed process. */
export function openDatabase(path: string, { onDamage, steps = migrations }: OpenOptions = {}): DatabaseSync {
  try {
    return openChecked(path, steps);
  } catch (error) {
    if (onDamage === undefined || diskError(error, path)?.trouble !== "damaged") throw refusal(path, error);
    return startAnew(path, steps, onDamage);
  }
}

/** Keeps the damaged database under another name. */
function startAnew(path: string, steps: readonly string[], onDamage: (sentence: string) => void): DatabaseSync {
  const aside = besides(path, "damaged");
  try {
    for (const end of ["-wal", "-shm", ""]) renameIfThere(path + end, aside + end);
    const database = openChecked(path, steps);
    onDamage(`The store ${path} was damaged. It is kept as ${aside}, and I begin with an empty one.`);
    return database;
  } catch (error) {
    throw refusal(path, error);
  }
}

function openChecked(path: string, steps: readonly string[]): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    const version = versionOf(database, steps);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    refuseDamaged(database);
    climb(database, path, version, steps);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function refuseDamaged(database: DatabaseSync): void {
  const found = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
  if (found !== "ok") throw new Damaged(String(found));
}

/** What SQLite's check found: the same trouble as when it stumbles over it. */
class Damaged extends Error {
  readonly code = "ERR_SQLITE_ERROR";
  readonly errcode = 11;
}

/** The version of a database that may be used: 0 of one that is empty. */
function versionOf(database: DatabaseSync, steps: readonly string[]): number {
  const found = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  if (found > steps.length)
    throw new UserError(
      `it was written by a newer jukebox-bot (version ${found} of the store, and I know ${steps.length}). Install that one again`,
    );
  if (found === 0 && database.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined)
    throw new UserError("it belongs to another program");
  return found;
}

/** Takes the steps that are missing, each whole or not at all, and keeps a copy of the database before each. */
function climb(database: DatabaseSync, path: string, found: number, steps: readonly string[]): void {
  for (const [version, step] of steps.entries()) {
    if (version < found) continue;
    if (found > 0) copy(database, besides(path, `version-${version}`));
    atomically(database, () => database.exec(`${step}; PRAGMA user_version = ${version + 1};`));
  }
}

/** A whole copy, which appears under its name only when it is complete. */
function copy(database: DatabaseSync, path: string): void {
  const part = `${path}.part`;
  try {
    database.prepare("VACUUM INTO ?").run(part);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

/** A name beside the database that says why and when. */
const besides = (path: string, why: string) =>
  `${path}.${why}.${new Date().toISOString().replace(/\.\d+/, "").replaceAll(":", "-")}`;

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

/** Why the store can't be used, and what to do. */
export function refusal(path: string, error: unknown): UserError {
  const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  const sentence = `I can't use the store ${path}: ${why}. Mend it, move it away, or set DATA to another folder.`;
  return new UserError(sentence, { cause: error });
}

const underWay = new WeakSet<DatabaseSync>();

/** Does all of it or nothing. */
export function atomically<Result>(database: DatabaseSync, work: () => Result): Result {
  if (underWay.has(database)) return work();
  rollBack(database); // what an earlier failure could not
  database.exec("BEGIN IMMEDIATE");
  underWay.add(database);
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  } finally {
    underWay.delete(database);
  }
}

/** SQLite has done it already where the disk is full or failed. */
function rollBack(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec("ROLLBACK");
  } catch {
    // The error that led here says more; the next transaction tries again.
  }
}
