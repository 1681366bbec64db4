/** The bot's process told to start with what won't do: one sentence, and exit code 1. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LoopbackDiscord } from "../loopback/loopback.ts";
import { temporaryFolder } from "../support/folder.ts";
import { fakeEntry, startProcess } from "./process.ts";
import { quick } from "./support.ts";

async function aWorld(t: TestContext, settings = {}) {
  const discord = await LoopbackDiscord.start(settings);
  t.after(() => discord.stop());
  discord.addGuild({ name: "Home", users: ["ada"] });
  const data = temporaryFolder(t);
  return { discord, data, environment: { ...quick, ...discord.environment(), DATA: data } };
}

/** Lines that tell of an error. */
const errors = (log: string) => log.split("\n").filter((line) => line.includes(" error "));

test("without a token", async (t) => {
  const bot = startProcess(t, { DISCORD_TOKEN: "", DATA: temporaryFolder(t) }, fakeEntry);
  assert.equal(await bot.ended, 1);
  assert.match(errors(bot.log()).join("\n"), /^\S+ error DISCORD_TOKEN is missing\. Put it into \.env[^\n]*$/);
});

test("with a token that Discord doesn't know", async (t) => {
  const { environment } = await aWorld(t);
  const bot = startProcess(t, { ...environment, DISCORD_TOKEN: "wrong.bot.token" }, fakeEntry);
  assert.equal(await bot.ended, 1);
  assert.match(errors(bot.log()).join("\n"), /^\S+ error Discord doesn't accept DISCORD_TOKEN[^\n]*$/);
});

test("with intents that are switched off", async (t) => {
  const { environment } = await aWorld(t, { intentsAllowed: 1 });
  const bot = startProcess(t, environment, fakeEntry);
  assert.equal(await bot.ended, 1);
  assert.match(errors(bot.log()).join("\n"), /^\S+ error [^\n]*Privileged Gateway Intents[^\n]*$/);
});

test("with a folder that holds no model", async (t) => {
  const { environment, data } = await aWorld(t);
  const bot = startProcess(t, { ...environment, MODEL: join(data, "nothing") });
  assert.equal(await bot.ended, 1);
  assert.equal(errors(bot.log()).length, 1);
  assert.ok(errors(bot.log())[0]!.includes(join(data, "nothing")), bot.log());
});

test("with a damaged store", async (t) => {
  const { environment, data } = await aWorld(t);
  writeFileSync(join(data, "jukebox.db"), "not a database at all, ".repeat(100));
  const bot = startProcess(t, environment, fakeEntry);
  assert.equal(await bot.ended, 1);
  assert.match(errors(bot.log()).join("\n"), /^\S+ error I can't use the store [^\n]*jukebox\.db[^\n]*$/);
});

test("shut out by Discord later on, it ends with exit code 1", async (t) => {
  const { discord, environment } = await aWorld(t);
  const bot = startProcess(t, environment, fakeEntry);
  await bot.says(/ready as/);
  discord.gateway.close(4004);
  assert.equal(await bot.ended, 1);
  assert.match(errors(bot.log()).join("\n"), /Discord doesn't accept DISCORD_TOKEN/);
});

test("asked to stop while idle, it ends with exit code 0", async (t) => {
  const { environment } = await aWorld(t);
  const bot = startProcess(t, environment, fakeEntry);
  await bot.says(/ready as/);
  assert.equal(await bot.end("SIGINT"), 0);
});
