/** The bot's process told to start with what won't do: one sentence, and exit code 1. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
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

test("with a damaged store it says so in one sentence, keeps a copy, and begins with an empty one", async (t) => {
  const { environment, data } = await aWorld(t);
  const damaged = "not a database at all, ".repeat(100);
  writeFileSync(join(data, "jukebox.db"), damaged);
  const bot = startProcess(t, environment, fakeEntry);
  await bot.says(/ready as/);
  const [sentence, ...more] = errors(bot.log());
  assert.deepEqual(more, []);
  const copy = /was damaged\. It is kept as (\S+), and I begin with an empty one\.$/.exec(sentence!)?.[1];
  assert.equal(readFileSync(copy!, "utf8"), damaged);
});

test("with a store of a newer version", async (t) => {
  const { environment, data } = await aWorld(t);
  const database = new DatabaseSync(join(data, "jukebox.db"));
  database.exec("CREATE TABLE jobs (id); PRAGMA user_version = 999;");
  database.close();
  const bot = startProcess(t, environment, fakeEntry);
  assert.equal(await bot.ended, 1);
  assert.match(errors(bot.log()).join("\n"), /^\S+ error I can't use the store [^\n]*a newer jukebox-bot[^\n]*$/);
});

test("on a data folder that another bot uses, until that one is killed", async (t) => {
  const { environment, data } = await aWorld(t);
  const first = startProcess(t, environment, fakeEntry);
  await first.says(/ready as/);
  const second = startProcess(t, environment, fakeEntry);
  assert.equal(await second.ended, 1);
  const sentence = errors(second.log()).join("\n");
  assert.match(sentence, /^\S+ error Another jukebox-bot is using the folder [^\n]*$/);
  assert.ok(sentence.includes(data));
  await first.end("SIGKILL");
  await startProcess(t, environment, fakeEntry).says(/ready as/);
});

test("with a data folder that can't be created", async (t) => {
  const { environment, data } = await aWorld(t);
  writeFileSync(join(data, "file"), "");
  for (const folder of [join(data, "file", "data"), "/proc/data", join(data, "file")]) {
    const bot = startProcess(t, { ...environment, DATA: folder }, fakeEntry);
    assert.equal(await bot.ended, 1);
    assert.match(
      errors(bot.log()).join("\n"),
      /^\S+ error I can't use the folder [^\n]*DATA names the folder to use\.$/,
    );
  }
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
