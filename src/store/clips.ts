/** Finished songs: what they were asked as, where they were posted, and their codes, so that they can be continued. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Recording } from "../inference/engine.ts";
import type { Request, SavedJob } from "../queue/job.ts";
import { deleteCodes, joinCodes } from "./codes.ts";
import type { Reply } from "./reply.ts";
import { jsonIn, readable, requestIn } from "./rows.ts";
import { atomically } from "./schema.ts";

export interface Clip {
  readonly id: string;
  readonly guildId: string;
  readonly channelId: string;
  readonly userId: string;
  /** `kept` until it was posted; `dropped` once its codes and file are gone. */
  readonly state: "kept" | "posted" | "dropped";
  readonly messageId?: string;
  readonly request: Request<Reply>;
  readonly seconds: number;
  readonly peaks: readonly number[];
  /** The file, or the folder of the candidates' files. */
  readonly path: string;
  /** Of the files and the codes. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** How much is kept. */
export interface ClipLimits {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

export interface Clips {
  /** Makes a clip of a job whose song is whole, together with its codes; made again, it stays posted. */
  add(job: SavedJob<Reply>, recording: Recording & { readonly path: string }, createdAt: number): Clip;
  posted(id: string, channelId: string, messageId: string): void;
  /** Looks at this guild's clips only, as all questions here do. */
  find(guildId: string, by: { readonly id: string } | { readonly messageId: string }): Clip | undefined;
  /** The newest song posted in a channel that still has its codes. */
  newest(guildId: string, channelId: string): Clip | undefined;
  /** Clips that could not be posted, of all guilds, oldest first; of one user in one guild if so asked. */
  kept(of?: { readonly guildId: string; readonly userId: string }): readonly Clip[];
  /** Lets go of one clip's codes; its name is remembered, so that one can say it is gone. */
  drop(id: string): void;
  /** Drops what is too old or too much, oldest first; returns the files and folders that may be deleted. */
  tidy(clipLimits: ClipLimits, now: number): readonly string[];
}

const rememberDroppedMs = 365 * 24 * 3600 * 1000;

/** The clips in this database; where all are wanted, `onDamage` learns of damaged ones, and nobody else. */
export function clipsIn(database: DatabaseSync, onDamage: (sentence: string) => void = () => undefined): Clips {
  const insert = database.prepare(
    `INSERT INTO clips (id, guild, channel, user, state, request, seconds, peaks, path, bytes, created)
     VALUES (?, ?, ?, ?, 'kept', ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET request = excluded.request, seconds = excluded.seconds, peaks = excluded.peaks,
       path = excluded.path, bytes = excluded.bytes`,
  );
  const byId = database.prepare("SELECT * FROM clips WHERE guild = ? AND id = ?");
  const byMessage = database.prepare("SELECT * FROM clips WHERE guild = ? AND message = ?");
  const newest = database.prepare(
    `SELECT * FROM clips WHERE guild = ? AND channel = ? AND state = 'posted'
     AND json_extract(request, '$.order.candidates') IS NULL ORDER BY place DESC LIMIT 1`,
  );
  const kept = database.prepare("SELECT * FROM clips WHERE state = 'kept' ORDER BY place");
  const post = database.prepare("UPDATE clips SET state = 'posted', channel = ?, message = ? WHERE id = ?");
  const drop = database.prepare("UPDATE clips SET state = 'dropped', bytes = 0, peaks = '[]' WHERE id = ?");
  const forget = database.prepare("DELETE FROM clips WHERE state = 'dropped' AND created < ?");
  const finished = database.prepare(
    `SELECT id, path, bytes, created FROM clips
     WHERE state <> 'dropped' AND id NOT IN (SELECT id FROM jobs) ORDER BY place DESC`,
  );
  const clips: Clips = {
    add({ id, request }, recording, createdAt) {
      const { guildId, channelId, userId } = request.reply;
      return atomically(database, () => {
        const bytes = recording.bytes + joinCodes(database, id);
        const facts = [JSON.stringify(request), recording.seconds, JSON.stringify(recording.peaks)] as const;
        insert.run(id, guildId, channelId, userId, ...facts, recording.path, bytes, createdAt);
        return toClip(byId.get(guildId, id)!); // just written
      });
    },
    posted: (id, channelId, messageId) => void post.run(channelId, messageId, id),
    find(guildId, by) {
      const row = "id" in by ? byId.get(guildId, by.id) : byMessage.get(guildId, by.messageId);
      return row && toClip(row);
    },
    newest(guildId, channelId) {
      const row = newest.get(guildId, channelId);
      return row && toClip(row);
    },
    kept(of) {
      const all = readable(kept.all(), toClip, onDamage);
      return of === undefined ? all : all.filter((c) => c.guildId === of.guildId && c.userId === of.userId);
    },
    drop(id) {
      atomically(database, () => {
        drop.run(id);
        deleteCodes(database, id);
      });
    },
    tidy({ maxAgeMs, maxBytes }, now) {
      return atomically(database, () => {
        let bytes = 0;
        const paths: string[] = [];
        for (const row of finished.all()) {
          bytes += Number(row.bytes);
          if (bytes <= maxBytes && Number(row.created) >= now - maxAgeMs) continue;
          clips.drop(String(row.id));
          paths.push(String(row.path));
        }
        forget.run(now - maxAgeMs - rememberDroppedMs);
        return paths.reverse();
      });
    },
  };
  return clips;
}

function toClip(row: Record<string, SQLOutputValue>): Clip {
  return {
    id: String(row.id),
    guildId: String(row.guild),
    channelId: String(row.channel),
    userId: String(row.user),
    state: row.state as Clip["state"], // the table allows no other
    ...(row.message === null ? {} : { messageId: String(row.message) }),
    request: requestIn(String(row.id), row.request),
    seconds: Number(row.seconds),
    peaks: numbersIn(jsonIn(String(row.id), row.peaks)),
    path: String(row.path),
    bytes: Number(row.bytes),
    createdAt: Number(row.created),
  };
}

const numbersIn = (found: unknown): readonly number[] =>
  Array.isArray(found) ? found.filter((value) => typeof value === "number") : [];
