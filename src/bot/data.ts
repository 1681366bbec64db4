/** The folder with all that the bot keeps: this process alone uses it, until it is closed or ends. */
import { join } from "node:path";
import { DiskError, diskError } from "../errors.ts";
import { makeFolder } from "../files.ts";
import { log } from "../log.ts";
import { lockFolder } from "../store/lock.ts";
import { openStore, type Store } from "../store/store.ts";
import { removeLeftovers } from "./songs/leftovers.ts";

export interface Data {
  readonly store: Store;
  /** Folder of finished songs. */
  readonly songs: string;
  /** Folder of files that people send, while they are read. */
  readonly incoming: string;
  close(): void;
}

/** Opens the folder, creating it if it is not there; why it can't be used is thrown as a UserError. */
export async function openData(folder: string): Promise<Data> {
  const [songs, incoming] = [join(folder, "songs"), join(folder, "incoming")];
  const lock = usable(folder, () => {
    makeFolder(songs);
    return lockFolder(folder);
  });
  try {
    const store = openStore(join(folder, "jukebox.db"), { onDamage: (sentence) => log("error", sentence) });
    await removeLeftovers(songs);
    const close = () => {
      store.close();
      lock.release();
    };
    return { store, songs, incoming, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function usable<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const found = diskError(error);
    if (found === undefined) throw error;
    const sentence = `I can't use the folder ${folder}: ${found.message} DATA names the folder to use.`;
    throw new DiskError(found.trouble, sentence, { cause: error });
  }
}
