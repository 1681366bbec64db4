/** The bot's process killed, stopped and started again: nothing that was begun is lost. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openStore } from "../../src/store/store.ts";
import { LoopbackDiscord } from "../loopback/loopback.ts";
import { temporaryFolder } from "../support/folder.ts";
import { readOgg } from "../support/ogg.ts";
import { startProcess } from "./process.ts";
import { clipIdIn, hasSong, quick, songIn, testModel } from "./support.ts";

const patient = { timeout: 120_000 };
const seconds = 12;

/** A guild with ada, ben and a voice channel, and the environment of a bot there. */
async function aWorld(t: TestContext) {
  const discord = await LoopbackDiscord.start();
  t.after(() => discord.stop());
  const guild = discord.addGuild({ name: "Home", text: ["general"], voice: ["Music"], users: ["ada", "ben"] });
  const data = join(temporaryFolder(t), "data");
  return {
    discord,
    guild,
    data,
    environment: { ...quick, ...discord.environment(), DATA: data, MODEL: await testModel() },
  };
}

test("killed in mid-song, the bot comes back, plays on, and posts the very same song", async (t) => {
  const { discord, guild, data, environment } = await aWorld(t);
  const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
  const first = startProcess(t, environment);
  await first.says(/ready as/);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds, seed: 3 });
  const waiting = await discord.slash("ben", "general", "jukebox", { seconds, seed: 3 });
  await waiting.reply(({ content }) => content.includes("1 song ahead"), patient);
  await ada.hears(0.3, patient);
  await asked.reply(({ content }) => /`[█░]+` [4-9]\d %/.test(content), patient); // all levels are in full swing
  assert.equal(await first.end("SIGKILL"), "SIGKILL");
  assert.equal(asked.versions.some(hasSong), false, "it was killed in mid-song");
  const id = clipIdIn(asked.message()!); // it has a reply
  const interrupted = openStore(join(data, "jukebox.db"));
  const known = interrupted.codes.of(id).map(({ length }) => length);
  t.diagnostic(`codes kept: ${known}; heard: ${interrupted.codes.playedSeconds(id)} s`);
  assert.ok(known[0]! > 0);
  assert.equal(interrupted.jobs.open().length, 2);
  interrupted.close();

  const second = startProcess(t, environment);
  const heardAgain = ada.hears(1, patient);
  const song = await asked.reply(hasSong, patient);
  assert.equal(clipIdIn(song), id);
  await heardAgain;
  const uninterrupted = await waiting.reply(hasSong, patient);
  await discord.botInVoice(guild, null, patient);
  assert.equal(await second.end("SIGTERM"), 0);

  const store = openStore(join(data, "jukebox.db"));
  t.after(() => store.close());
  assert.deepEqual(store.codes.of(id), store.codes.of(clipIdIn(uninterrupted)));
  assert.deepEqual(songIn(song)!.bytes, songIn(uninterrupted)!.bytes);
  assert.deepEqual(store.jobs.open(), []);
  assert.ok(Math.abs(readOgg(songIn(song)!.bytes).samples / 48_000 - seconds) < 0.2);
  assert.equal(discord.commands.writes, 1, "commands are registered once");
  assert.deepEqual(discord.findings, []);
});

test("asked to stop, the bot leaves the channel and keeps what is unfinished", async (t) => {
  const { discord, guild, data, environment } = await aWorld(t);
  const ada = discord.addListener(guild, "Music", "ada");
  const bot = startProcess(t, environment);
  await bot.says(/ready as/);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds });
  await ada.hears(0.3, patient);
  assert.equal(await bot.end("SIGTERM"), 0);
  await discord.botInVoice(guild, null);
  const store = openStore(join(data, "jukebox.db"));
  t.after(() => store.close());
  assert.deepEqual(
    store.jobs.open().map(({ id }) => id),
    [clipIdIn(asked.message()!)],
  );
  assert.deepEqual(readdirSync(join(data, "songs")), []);
  assert.deepEqual(discord.findings, []);
});

test("after a restart whoever has left the channel still gets the file", async (t) => {
  const { discord, guild, environment } = await aWorld(t);
  const ada = discord.addListener(guild, "Music", "ada");
  const first = startProcess(t, environment);
  await first.says(/ready as/);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds });
  await ada.hears(0.3, patient);
  await first.end("SIGKILL");
  ada.leave();
  const joins = discord.gateway.op4.length;
  startProcess(t, environment);
  await asked.reply(hasSong, patient);
  assert.equal(discord.gateway.op4.length, joins);
});
