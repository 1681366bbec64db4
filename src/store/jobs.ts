/** Jobs that wait or are at work, so that they go on after a restart. */
import type { DatabaseSync } from "node:sqlite";
import type { JobStore, Request, SavedJob } from "../queue/job.ts";
import { copyCodes, deleteCodes, storeCodes } from "./codes.ts";
import type { Reply, StatusMessage } from "./reply.ts";
import { readable, requestIn } from "./rows.ts";
import { atomically } from "./schema.ts";

export interface SqliteJobs extends JobStore<Reply> {
  /** The request as it is now: its status message may have come later than the job. */
  request(id: string): Request<Reply> | undefined;
  /** Remembers which message tells how the job stands. */
  setStatus(id: string, status: StatusMessage): void;
}

/** The jobs in this database; of damaged ones `onDamage` learns, and nobody else. */
export function jobsIn(database: DatabaseSync, onDamage: (sentence: string) => void = () => undefined): SqliteJobs {
  const insert = database.prepare("INSERT INTO jobs (id, request) VALUES (?, ?)");
  const select = database.prepare("SELECT id, request FROM jobs ORDER BY place");
  const one = database.prepare("SELECT request FROM jobs WHERE id = ?");
  const update = database.prepare("UPDATE jobs SET request = ? WHERE id = ?");
  const remove = database.prepare("DELETE FROM jobs WHERE id = ?");
  const clip = database.prepare("SELECT 1 FROM clips WHERE id = ?");
  const request = (id: string) => {
    const row = one.get(id);
    return row === undefined ? undefined : requestIn(id, row.request);
  };
  return {
    add(job: SavedJob<Reply>, codes) {
      const { prompt } = job.request.order;
      atomically(database, () => {
        insert.run(job.id, JSON.stringify(job.request));
        if (prompt === undefined) return;
        if ("clipId" in prompt) copyCodes(database, prompt.clipId, job.id);
        else storeCodes(database, job.id, codes ?? []);
      });
    },
    open: () =>
      readable(
        select.all(),
        ({ id, request }) => ({ id: String(id), request: requestIn(String(id), request) }),
        onDamage,
      ),
    request,
    setStatus(id, status) {
      const known = request(id);
      if (known === undefined) return;
      const reply: Reply = { ...known.reply, status };
      update.run(JSON.stringify({ ...known, reply }), id);
    },
    remove(id) {
      atomically(database, () => {
        remove.run(id);
        if (clip.get(id) === undefined) deleteCodes(database, id); // no clip came of it
      });
    },
  };
}
