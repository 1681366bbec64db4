/** The store's tables, and how a database file is opened, checked and brought up to date. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UserError } from "../errors.ts";

const version = 1;

/** `song` is the id of a job and of the clip it becomes. Codes are little-endian unsigned 16-bit numbers. */
const tables = `
  CREATE TABLE jobs (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, request TEXT NOT NULL,
    heard_seconds REAL NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE codes (
    song TEXT NOT NULL, level INTEGER NOT NULL, start INTEGER NOT NULL, codes BLOB NOT NULL,
    PRIMARY KEY (song, level, start)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE clips (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    guild TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL, message TEXT,
    state TEXT NOT NULL CHECK (state IN ('kept', 'posted', 'dropped')),
    request TEXT NOT NULL, seconds REAL NOT NULL, peaks TEXT NOT NULL, path TEXT NOT NULL,
    bytes INTEGER NOT NULL, created INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX clips_by_message ON clips (guild, message) WHERE message IS NOT NULL;
  CREATE INDEX clips_by_channel ON clips (guild, channel, place);
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  PRAGMA user_version = ${version};
`;

/** Opens the database, creating it if it is not there; whatever was committed survives a killed process. */
export function openDatabase(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(path, { timeout: 2000 });
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    const found = Number(database.prepare("PRAGMA user_version").get()?.user_version);
    if (found === 0) database.exec(`BEGIN IMMEDIATE; ${tables} COMMIT;`);
    else if (found !== version) throw new Error(`it has version ${found} and I know version ${version}`);
    return database;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`I can't use the store ${path}: ${why}. Mend it, move it away, or set DATA to another folder.`);
  }
}

/** Does all of it or nothing. */
export function atomically<Result>(database: DatabaseSync, work: () => Result): Result {
  if (database.isTransaction) return work();
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
