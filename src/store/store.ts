/** What is remembered between runs: jobs, codes, clips and a few settings, in one SQLite file. */
import type { DatabaseSync } from "node:sqlite";
import { explained } from "../errors.ts";
import { type Clips, clipsIn } from "./clips.ts";
import { type CodesStore, codesIn } from "./codes.ts";
import { jobsIn, type SqliteJobs } from "./jobs.ts";
import { type OpenOptions, openDatabase, refusal } from "./schema.ts";

export interface Settings {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

export interface Store {
  readonly jobs: SqliteJobs;
  readonly codes: CodesStore;
  readonly clips: Clips;
  readonly settings: Settings;
  close(): void;
}

/** Opens the store in this file. What its disk or its file has against a read or a write is thrown as a DiskError. */
export function openStore(path: string, options: OpenOptions = {}): Store {
  const database = openDatabase(path, options);
  try {
    return {
      jobs: explaining(path, jobsIn(database, options.onDamage)),
      codes: explaining(path, codesIn(database)),
      clips: explaining(path, clipsIn(database, options.onDamage)),
      settings: explaining(path, settingsIn(database)),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw refusal(path, error); // a table is missing
  }
}

function settingsIn(database: DatabaseSync): Settings {
  const get = database.prepare("SELECT value FROM settings WHERE key = ?");
  const set = database.prepare("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)");
  return {
    get: (key) => get.get(key)?.value as string | undefined, // the column is text
    set: (key, value) => void set.run(key, value),
  };
}

/** The same functions, whose errors name the file. */
function explaining<Part extends object>(path: string, part: Part): Part {
  return new Proxy(part, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => explained(path, () => Reflect.apply(value, target, args));
    },
  });
}
