/** What stands in the store's rows as JSON, read with the damage in mind that no check of SQLite's finds. */
import type { SQLOutputValue } from "node:sqlite";
import { DiskError } from "../errors.ts";
import type { Request } from "../queue/job.ts";
import type { Reply } from "./reply.ts";

/** The request in a row; a DiskError if it is none. */
export function requestIn(id: string, text: SQLOutputValue | undefined): Request<Reply> {
  const found = jsonIn(id, text);
  if (!isRequest(found)) throw damaged(id);
  return found;
}

/** The JSON in a row; a DiskError if it is none. */
export function jsonIn(id: string, text: SQLOutputValue | undefined): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    throw damaged(id, error);
  }
}

/** All rows that can be read; the others are reported. */
export function readable<Row, Value>(
  rows: readonly Row[],
  read: (row: Row) => Value,
  onDamage: (sentence: string) => void,
): readonly Value[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      onDamage(`${error.message} It is left out.`);
      return [];
    }
  });
}

const damaged = (id: string, cause?: unknown) =>
  new DiskError("damaged", `Song ${id} is damaged in the store.`, { cause });

/** As much as is needed for a job to fail by itself and to say so. */
function isRequest(found: unknown): found is Request<Reply> {
  if (!isObject(found) || !isObject(found.order) || !isObject(found.order.song) || !isObject(found.reply)) return false;
  const { guildId, channelId, userId, token } = found.reply;
  return [guildId, channelId, userId, token].every((text) => typeof text === "string");
}

const isObject = (found: unknown): found is Record<string, unknown> => typeof found === "object" && found !== null;
