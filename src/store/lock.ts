/** One process a folder: a lock that the system takes back when its holder ends, however it ends. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { diskError, UserError } from "../errors.ts";

export interface Lock {
  release(): void;
}

const name = "lock";

/** Locks the folder for this process; throws a UserError if another one has it. */
export function lockFolder(folder: string): Lock {
  const path = join(folder, name);
  try {
    return lockFile(path);
  } catch (error) {
    switch (diskError(error, path)?.trouble) {
      case "busy":
        throw new UserError(
          `Another jukebox-bot is using the folder ${folder}. Stop it, or give this one a folder of its own with DATA.`,
          { cause: error },
        );
      case "damaged":
        rmSync(path); // nobody can have it locked
        return lockFile(path);
      default:
        throw diskError(error, path) ?? error;
    }
  }
}

function lockFile(path: string): Lock {
  const database = new DatabaseSync(path, { timeout: 0 }); // an empty one: only SQLite's lock on it is wanted
  try {
    database.exec("BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}
