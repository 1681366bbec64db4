/** The bot as a whole: wires queue, store, engine and Discord, takes up what an earlier run left, and shuts in order. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Events } from "discord.js";
import type { House } from "../commands/command.ts";
import { commands } from "../commands/index.ts";
import type { Config } from "../config.ts";
import type { UserError } from "../errors.ts";
import type { Engine } from "../inference/engine.ts";
import { log } from "../log.ts";
import { Closing, type Job } from "../queue/job.ts";
import { LocalQueue } from "../queue/queue.ts";
import { openStore } from "../store/store.ts";
import { connect } from "./client.ts";
import { dispatch } from "./dispatch.ts";
import { createMail, patiently } from "./mail.ts";
import { type Crew, perform } from "./perform.ts";
import { registerCommands } from "./register.ts";
import { Replies } from "./replies.ts";
import { keepPosting } from "./repost.ts";
import { createStages } from "./stages.ts";

export interface Bot {
  /** Leaves voice, keeps what is unfinished in the store, and logs out. */
  stop(): Promise<void>;
}

/** Starts the bot; `onFatal` is called if Discord shuts it out later on. */
export async function startBot(config: Config, engine: Engine, onFatal: (error: UserError) => void): Promise<Bot> {
  const folder = join(config.data, "songs");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const store = openStore(join(config.data, "jukebox.db"));
  const client = await connect({ ...config, onFatal }).catch((error: unknown) => {
    store.close();
    throw error;
  });
  const mail = createMail(client.rest);
  const closing = new AbortController();
  const replies = new Replies(mail, store, { ...config, closing: closing.signal });
  const stages = createStages(client, config);
  const crew: Crew = { engine, store, stages, replies, folder };
  const tidy = async () => {
    for (const path of store.clips.tidy(config.shelf, Date.now())) await rm(path, { force: true });
  };
  const queue = new LocalQueue(
    store.jobs,
    async (job, turn) => {
      const outcome = await perform(job, turn, crew);
      await tidy();
      return outcome;
    },
    config.queue,
  );

  const followed = new Set<Promise<void>>();
  const follow = (job: Job) => {
    const following = replies.follow(job).catch((error: unknown) => log("error", `following song ${job.id}`, error));
    followed.add(following);
    void following.then(() => followed.delete(following));
  };
  const house: House = {
    model: engine.model,
    queue,
    store,
    replyMs: config.replyMs,
    follow,
    stillThere: ({ channelId, messageId }) =>
      messageId === undefined ? Promise.resolve(true) : mail.exists(channelId, messageId),
    handOver: (clip, reply) => replies.handOver(clip, reply),
  };

  client.on(Events.InteractionCreate, (interaction) => void dispatch(interaction, commands, house));
  for (const job of queue.jobs) follow(job); // what an earlier run left
  queue.start();
  const patience = { firstMs: config.retryMs, tries: 5, signal: closing.signal };
  await patiently(() => registerCommands(client, commands, store.settings), patience).catch((error: unknown) =>
    log("error", "the commands could not be registered", error),
  );
  const reposting = keepPosting({ store, replies, jobs: () => queue.jobs }, config.repostMs, closing.signal);
  log("info", `ready as ${client.user.tag} with the model ${engine.model.name}`);
  await tidy();

  const stop = async () => {
    closing.abort(new Closing("The house shuts."));
    await queue.close();
    stages.close();
    await atMost(lastWordsMs, Promise.all([reposting, ...followed]));
    await atMost(lastWordsMs, client.destroy()); // in the middle of a new login it never ends
    store.close();
  };
  let stopped: Promise<void> | undefined;
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
