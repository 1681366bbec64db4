/** Files that people hand over: fetched, listened to and thrown away, a few at a time and one a user. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { BotContext } from "../../commands/command.ts";
import { explained, UserError } from "../../errors.ts";
import { makeFolder } from "../../files.ts";
import type { Engine } from "../../inference/engine.ts";
import { log } from "../../log.ts";
import { discordOrigins, download, tooLarge } from "../discord/download.ts";

export interface SoundReaderOptions {
  readonly engine: Engine;
  /** Where files are for as long as they are needed; what an earlier run left there is deleted. */
  readonly folder: string;
  /** Where Discord's API is, if not at Discord: files come from there as well. */
  readonly api: string | undefined;
  readonly requestMs: number;
  readonly signal: AbortSignal;
}

const maxBytes = 25 * 2 ** 20;
const mostAtOnce = 4;
const mostNameCharacters = 100;

/** What the house does with a file that a command was given. */
export function createSoundReader({
  engine,
  folder,
  api,
  requestMs,
  signal,
}: SoundReaderOptions): BotContext["readSound"] {
  explained(folder, () => rmSync(folder, { recursive: true, force: true }));
  makeFolder(folder);
  const origins = api === undefined ? discordOrigins : [...discordOrigins, new URL(api).origin];
  const users = new Set<string>();
  return async ({ url, name, bytes }, { maxSeconds, userId }) => {
    if (bytes > maxBytes) throw new UserError(tooLarge(maxBytes));
    if (users.has(userId)) throw new UserError("I'm still reading another file of yours. One at a time, please.");
    if (users.size >= mostAtOnce) throw new UserError("I'm reading other files at the moment. Try again in a minute.");
    users.add(userId);
    const path = join(folder, randomUUID());
    try {
      await download(url, path, { origins, maxBytes, timeMs: requestMs, signal });
      return await engine.encode(path, { maxSeconds, name: name.slice(0, mostNameCharacters), signal });
    } catch (error) {
      throw signal.aborted ? new UserError("I'm restarting. Please try again in a minute.") : error;
    } finally {
      users.delete(userId);
      await rm(path, { force: true }).catch((error: unknown) => log("warning", `${path} could not be deleted`, error));
    }
  };
}
