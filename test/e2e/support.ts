/** A bot in a loopback Discord: what each end-to-end test begins with. The choice of the engine is made here. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import { type Bot, startBot } from "../../src/bot/bot.ts";
import { type Config, readConfig } from "../../src/config.ts";
import type { UserError } from "../../src/errors.ts";
import type { Engine } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { type FakeEngine, fakeEngine } from "../fakes/engine.ts";
import type { Interaction } from "../loopback/interaction.ts";
import { LoopbackDiscord } from "../loopback/loopback.ts";
import type { Message } from "../loopback/message.ts";
import type { Settings } from "../loopback/settings.ts";
import type { Guild } from "../loopback/world.ts";
import { temporaryFolder } from "../support/folder.ts";
import { writeTinyModel } from "../support/model.ts";

const garage = join(import.meta.dirname, "../../models/garage");

const tiny = mkdtempSync(join(tmpdir(), "jukebox-model-"));

/** The model that end-to-end tests run with: the repository's own once it is trained, else a tiny one of random weights. */
async function chooseModel(): Promise<string> {
  if (existsSync(join(garage, "weights.safetensors"))) return garage;
  await writeTinyModel(tiny);
  return tiny;
}

let model: Promise<string> | undefined;
let engine: Promise<Engine> | undefined;

/** The folder of that model. */
export function testModel(): Promise<string> {
  model ??= chooseModel();
  return model;
}

/** One engine for all tests of a file. */
async function testEngine(): Promise<Engine> {
  engine ??= testModel().then((folder) => openEngine(folder));
  return engine;
}

after(async () => {
  await (await engine)?.close();
  rmSync(tiny, { recursive: true });
});

export interface Town {
  readonly discord: LoopbackDiscord;
  readonly guild: Guild;
  readonly config: Config;
  readonly engine: Engine;
  /** Errors that would have ended the process. */
  readonly fatal: UserError[];
  /** Starts the bot anew, as after a restart. */
  startBot(changes?: Partial<Config>, engine?: Engine): Promise<Bot>;
}

export interface TownPlan {
  readonly engine?: Engine;
  readonly settings?: Partial<Settings>;
  readonly config?: Readonly<Record<string, string>>;
}

/** Each town has a seed of its own: the voice library keeps its connections by guild, and towns may stand side by side. */
let towns = 0;

/** Quick versions of all waits, so that tests wait for events and not for clocks. */
export const quick = {
  EDIT_SECONDS: "0.05",
  RETRY_SECONDS: "0.02",
  LINGER_SECONDS: "0.1",
  MOVE_SECONDS: "0.5",
  QUEUE_PER_USER: "5",
};

/** A guild "Home" with #general, the voice channels "Music" and "Attic", the users ada, ben and cy, and a bot; all of it ends with the test. */
export async function aTown(t: TestContext, plan: TownPlan = {}): Promise<Town & { bot: Bot }> {
  const { engine = await testEngine(), settings = {} } = plan;
  const discord = await LoopbackDiscord.start({ seed: ++towns, ...settings });
  const bots: Bot[] = [];
  t.after(async () => {
    for (const bot of bots) await bot.stop();
    await discord.stop();
  });
  const guild = discord.addGuild({
    name: "Home",
    text: ["general", "other"],
    voice: ["Music", "Attic"],
    users: ["ada", "ben", "cy"],
  });
  const config = readConfig({
    ...quick,
    DATA: join(temporaryFolder(t), "data"),
    DISCORD_TOKEN: discord.token,
    DISCORD_API: discord.api,
    ...plan.config,
  });
  const fatal: UserError[] = [];
  const start = async (changes: Partial<Config> = {}, player = engine) => {
    const bot = await startBot({ ...config, ...changes }, player, (error) => fatal.push(error));
    bots.push(bot);
    return bot;
  };
  return { discord, guild, config, engine, fatal, startBot: start, bot: await start() };
}

/** A town whose engine is the fake one, for tests that hold it or look into it. */
export async function aFakeTown(t: TestContext, plan: TownPlan = {}): Promise<Town & { bot: Bot; engine: FakeEngine }> {
  const engine = fakeEngine();
  return { ...(await aTown(t, { ...plan, engine })), engine };
}

/** The song in a message, if it holds one. */
export const songIn = (message: Message) => message.attachments.find(({ contentType }) => contentType === "audio/ogg");

export const hasSong = (message: Message): boolean => songIn(message) !== undefined;

/** What was said to one who asked in vain: at once, or later in a message of its own. */
export const refusalTo = (
  { discord }: Pick<Town, "discord">,
  asked: Interaction,
  timeout = 120_000,
): Promise<Message> =>
  discord.until(() => asked.versions.find(({ content }) => content !== "") ?? asked.followUps[0], {
    what: "refusal",
    timeout,
  });

/** The id of the clip in a message, as it is told there. */
export function clipIdIn(message: Message): string {
  const id = /`([0-9a-f]{8})`/.exec(message.content)?.[1];
  assert.ok(id, `no id in: ${message.content}`);
  return id;
}

/** A link to a message, as Discord's menu copies it. */
export const linkTo = (guild: Guild, message: Message): string =>
  `https://discord.com/channels/${guild.id}/${message.channelId}/${message.id}`;
