/** What is remembered between runs: jobs, codes, clips and a few settings, in one SQLite file. */
import { type Clips, clipsIn } from "./clips.ts";
import { type CodesStore, codesIn } from "./codes.ts";
import { jobsIn, type SqliteJobs } from "./jobs.ts";
import { openDatabase } from "./schema.ts";

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

/** Opens the store in this file. */
export function openStore(path: string): Store {
  const database = openDatabase(path);
  const get = database.prepare("SELECT value FROM settings WHERE key = ?");
  const set = database.prepare("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)");
  return {
    jobs: jobsIn(database),
    codes: codesIn(database),
    clips: clipsIn(database),
    settings: {
      get: (key) => get.get(key)?.value as string | undefined, // the column is text
      set: (key, value) => void set.run(key, value),
    },
    close: () => database.close(),
  };
}
