/** The disk fills while a song is made: its requester is told, the bot lives, and no job is lost. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openStore } from "../../src/store/store.ts";
import { LoopbackDiscord } from "../loopback/loopback.ts";
import { type Disk, limitedDisk, mayMount, smallDisk } from "../support/disk.ts";
import { fakeEntry, startProcess } from "./process.ts";
import { clipIdIn, hasSong, quick, refusalTo, testModel } from "./support.ts";

const patient = { timeout: 120_000 };

async function aWorld(t: TestContext, { folder }: Disk) {
  const discord = await LoopbackDiscord.start();
  t.after(() => discord.stop());
  discord.addGuild({ name: "Home", text: ["general"], voice: ["Music"], users: ["ada", "ben", "cy"] });
  const data = join(folder, "data");
  return {
    discord,
    data,
    environment: { ...quick, ...discord.environment(), DATA: data, MODEL: await testModel() },
  };
}

const isFull = ({ content }: { readonly content: string }) => content.includes("The disk is full.");
/** SQLite doesn't say which limit it met. */
const isRefused = ({ content }: { readonly content: string }) =>
  /The disk is full\.|I can't use my disk at the moment\./.test(content);

for (const [kind, { entry, diskFor }] of Object.entries({
  "a limit of files' length": { entry: fakeEntry, diskFor: limitedDisk },
  ...(mayMount() && { "a full disk": { entry: undefined, diskFor: smallDisk } }),
}))
  test(`with ${kind} in mid-song, all songs come once there is room, and only the log names files`, async (t) => {
    const disk = diskFor(t);
    const { discord, data, environment } = await aWorld(t, disk);
    const bot = startProcess(t, environment, entry);
    await bot.says(/ready as/);
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 6, seed: 3 });
    const waiting = await discord.slash("ben", "general", "jukebox", { seconds: 4 });
    await asked.reply(({ content }) => /`[█░]+` [1-9]\d %/.test(content), patient);
    disk.fill(bot.pid);
    const id = clipIdIn(await asked.reply(isFull, patient));
    const refused = await discord.slash("cy", "general", "jukebox", { seconds: 4 });
    assert.ok(isRefused(await refusalTo({ discord }, refused)));
    assert.match(bot.log(), new RegExp(`song ${id} waits for its disk: [^\\n]*${data}`));
    assert.equal(waiting.versions.some(hasSong), false);

    disk.empty(bot.pid);
    await asked.reply(hasSong, patient);
    await waiting.reply(hasSong, patient);
    assert.equal(await bot.end("SIGTERM"), 0);
    const store = openStore(join(data, "jukebox.db"));
    t.after(() => store.close());
    assert.deepEqual(store.jobs.open(), []);
    assert.ok(store.codes.of(id).every((codes) => codes.length > 0));
    assert.deepEqual(
      readdirSync(join(data, "songs")).filter((name) => name.endsWith(".part")),
      [],
    );
    assert.ok(existsSync(join(data, "songs", `${id}.ogg`)));
    const told = discord
      .channel("general")
      .messages.map(({ content }) => content)
      .join("\n");
    assert.equal(told.includes(disk.folder), false);
    assert.deepEqual(discord.findings, []);
  });
