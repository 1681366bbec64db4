/** The bot as a whole: wires queue, store, engine and Discord, takes up what an earlier run left, and shuts in order. */
import { setTimeout as pause } from "node:timers/promises";
import { type Client, Events } from "discord.js";
import type { BotContext } from "../commands/command.ts";
import { commands } from "../commands/index.ts";
import type { Config } from "../config.ts";
import type { UserError } from "../errors.ts";
import type { Engine } from "../inference/engine.ts";
import { log } from "../log.ts";
import { Closing, type JobView } from "../queue/job.ts";
import { LocalQueue } from "../queue/local-queue.ts";
import type { Reply } from "../store/reply.ts";
import { type Background, openBackground } from "./background.ts";
import { type Data, openData } from "./data.ts";
import { connect } from "./discord/client.ts";
import { CommandPermissions } from "./discord/command-permissions.ts";
import { dispatch } from "./discord/dispatch.ts";
import { createMessageClient, type Patience, withRetries } from "./discord/messages.ts";
import { registerCommands } from "./discord/register.ts";
import { Replies } from "./discord/replies.ts";
import { isOurs } from "./discord/texts.ts";
import { runHousekeeping } from "./songs/housekeeping.ts";
import { makeSong } from "./songs/make-song.ts";
import { createSoundReader } from "./songs/sound-file.ts";
import { createVoiceSessions } from "./voice/sessions.ts";

export interface Bot {
  /** Leaves voice, keeps what is unfinished in the store, and logs out. */
  stop(): Promise<void>;
}

/** Starts the bot; `onFatal` is called if Discord shuts it out later on. */
export async function startBot(config: Config, engine: Engine, onFatal: (error: UserError) => void): Promise<Bot> {
  const data = await openData(config.data);
  try {
    return await startWith(data, config, engine, onFatal);
  } catch (error) {
    data.close();
    throw error;
  }
}

async function startWith(
  data: Data,
  config: Config,
  engine: Engine,
  onFatal: (error: UserError) => void,
): Promise<Bot> {
  const closing = new AbortController();
  const patience: Patience = { firstMs: config.retryMs, tries: 5, signal: closing.signal };
  const client = await withRetries(() => connect({ ...config, onFatal }), patience);
  const background = openBackground(engine.model);
  const wired = wire({ config, engine, background, data, client, closing: closing.signal });
  client.on(Events.InteractionCreate, (interaction) => void dispatch(interaction, commands, wired.context));
  await wired.resume();
  await withRetries(() => registerCommands(client, commands, data.store.settings), patience).catch((error: unknown) =>
    log("error", "the commands could not be registered", error),
  );
  log("info", `ready as ${client.user.tag} with the model ${engine.model.name}`);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    closing.abort(new Closing("The house shuts.")); // in one breath with the queue, so that no job takes this for a failure
    await wired.close();
    await background.close();
    await atMost(lastWordsMs, client.destroy()); // in the middle of a new login it never ends
    data.close();
  };
  return {
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** How long what is under way may take when the bot shuts. */
const lastWordsMs = 3000;

const atMost = (milliseconds: number, work: Promise<unknown>) =>
  Promise.race([work, pause(milliseconds, undefined, { ref: false })]);

interface Parts {
  readonly config: Config;
  readonly engine: Engine;
  readonly background: Background;
  readonly data: Data;
  readonly client: Client<true>;
  readonly closing: AbortSignal;
}

/** A disk that takes nothing is looked at every so many first waits. */
const looks = 5;

/** Everything between Discord and the engine. */
function wire({ config, engine, background, data, client, closing }: Parts) {
  const { store } = data;
  const messages = createMessageClient(client.rest);
  const replies = new Replies(messages, store, { ...config, closing, draw: background.waveform });
  const sessions = createVoiceSessions(client, config);
  const permissions = new CommandPermissions(client);
  const { labelsFor } = background;
  const disk = { store, folder: data.songs, roomMs: looks * config.retryMs };
  const services = { engine, labelsFor, sessions, replies, ...disk };
  const queue = new LocalQueue(store.jobs, (job, turn) => makeSong(job, turn, services), {
    ...config.queue,
    capacity: engine.capacity,
    admits: (generating) => engine.admits?.(generating) ?? true,
    onFailure(id, error) {
      if (isOurs(error)) log("error", `song ${id} failed`, error);
    },
    onStoreError: (id, error) => log("error", `song ${id} is over and still in the store`, error),
  });
  const underWay = new Set<Promise<void>>();
  const keepTrack = (work: Promise<void>) => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  const follow = (job: JobView<Reply>) =>
    keepTrack(replies.follow(job, queue).catch((error: unknown) => log("error", `following song ${job.id}`, error)));
  const context: BotContext = {
    model: engine.model,
    queue,
    store,
    replyMs: config.replyMs,
    cleanLyrics: background.cleanLyrics,
    labelsFor: background.labelsFor,
    follow,
    refuseIfDenied: (interaction, name) => permissions.refuseIfDenied(interaction, name),
    forwarded: (channelId, messageId) => messages.forwarded(channelId, messageId),
    stillThere: async ({ channelId, messageId }) =>
      messageId === undefined || (await messages.exists(channelId, messageId)),
    readSound: createSoundReader({ ...config, engine, folder: data.incoming, signal: closing }),
    deliver: (clip, reply) => replies.deliver(clip, reply),
  };
  return {
    context,
    /** Goes on with what an earlier run left. */
    async resume() {
      for (const job of await queue.list()) follow(job);
      queue.start();
      keepTrack(
        runHousekeeping(
          { store, replies, jobs: () => queue.list(), clipLimits: config.clipLimits },
          config.repostMs,
          closing,
        ),
      );
    },
    async close() {
      await queue.close();
      sessions.close();
      await atMost(lastWordsMs, Promise.all(underWay));
    },
  };
}
