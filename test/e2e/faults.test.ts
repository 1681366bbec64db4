/** Discord out of order: tokens too old, uploads that fail, messages deleted, permissions missing. Nothing made is lost. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { PermissionFlagsBits } from "discord.js";
import type { Fields } from "../loopback/json.ts";
import type { Message } from "../loopback/message.ts";
import { aFakeTown, aTown, clipIdIn, hasSong } from "./support.ts";

const patient = { timeout: 120_000 };
const uploads = { method: "PATCH", path: "/webhooks/*/*/messages/*" } as const;

test("a song that outlasts its token comes as a message that answers the status, and pings its requester only", async (t) => {
  const { discord } = await aTown(t, { settings: { tokenLifeMs: 300 } });
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 15 });
  const song = await discord.nextMessage("general", hasSong, patient);
  const status = asked.message()!; // it was deferred
  const answered = discord.channel("general").messages.map(({ id }) => id);
  assert.ok(answered.includes(status.id));
  assert.ok(song.content.startsWith(`<@${discord.user("ada").id}>`));
  const sent = discord.requests.findLast(({ method, path }) => method === "POST" && path.endsWith("/messages"))!;
  assert.deepEqual((sent.body as Fields).allowed_mentions, {
    parse: [],
    users: [discord.user("ada").id],
    replied_user: false,
  });
  assert.deepEqual(discord.findings, []);
});

test("near the end of its life the token is not even tried", async (t) => {
  const { discord, engine } = await aFakeTown(t, { config: { REPLY_SECONDS: "1" } });
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  await asked.reply();
  setTimeout(hold.letGo, 1100);
  const song = await discord.nextMessage("general", hasSong, patient);
  assert.notEqual(song.id, asked.message()?.id);
  assert.equal(asked.versions.some(hasSong), false);
  assert.equal(discord.requests.filter(({ status }) => status === 401).length, 0);
  assert.deepEqual(discord.findings, []);
});

/** A song whose token dies while it is made, in a channel where the bot may not post. */
async function aLateSong(t: TestContext, { closeDms = false } = {}) {
  const { discord, engine } = await aFakeTown(t);
  discord.permit("general", { deny: PermissionFlagsBits.SendMessages });
  if (closeDms) discord.closeDms("ada");
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  await asked.reply();
  discord.fault({ ...uploads, times: Number.POSITIVE_INFINITY, code: 50027 });
  hold.letGo();
  return { discord, asked };
}

test("without permission to post later, the song comes as a direct message", async (t) => {
  const { discord } = await aLateSong(t);
  const direct = () => discord.directMessages("ada").find(hasSong);
  const song = await discord.until(direct, { what: "direct message with the song" });
  assert.deepEqual(song.components, []);
});

test("who takes no direct messages either gets the kept song from /queue", async (t) => {
  const { discord, asked } = await aLateSong(t, { closeDms: true });
  const isTold = () => (asked.message()?.content.includes("I've kept it: /queue gives it to you") ? true : undefined);
  await discord.until(isTold, { what: "word that it is kept" });
  discord.clearFaults();
  const shown = await discord.slash("ada", "general", "queue", {});
  await shown.reply(({ content }) => content.includes("This song of yours couldn't be posted"));
  await shown.followUp(hasSong);
});

test("an upload that fails for a while is repeated, and made only once", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  await asked.reply();
  discord.fault({ ...uploads, times: 3, status: 503 });
  hold.letGo();
  await asked.reply(hasSong);
  assert.equal(engine.requests.length, 1);
  assert.deepEqual(discord.findings, []);
});

test("an upload that goes on failing keeps the song, which is posted after a restart", async (t) => {
  const { discord, engine, bot, config, startBot } = await aFakeTown(t, { config: { EDIT_SECONDS: "100" } });
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  const id = clipIdIn(await asked.reply());
  discord.fault({ ...uploads, times: 5, status: 503 });
  hold.letGo();
  await asked.reply(({ content }) => content.includes("Discord isn't accepting the song at the moment"));
  assert.ok(existsSync(join(config.data, "songs", `${id}.ogg`)));
  await bot.stop();
  await startBot();
  const song = await asked.reply(hasSong);
  assert.equal(clipIdIn(song), id);
  assert.equal(engine.requests.length, 1, "it was not made again");
  assert.deepEqual(discord.findings, []);
});

test("a file too large for Discord is made again, smaller, from the same codes", async (t) => {
  const { discord, engine } = await aFakeTown(t, { config: { EDIT_SECONDS: "100" } });
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  await asked.reply();
  discord.fault({ ...uploads, times: 1, code: 40005 }); // the first edit is the upload: states are told every 100 s
  hold.letGo();
  await asked.reply(hasSong);
  const [first, second] = engine.requests.map(({ options }) => options);
  assert.equal(second?.bitrate, first!.bitrate! / 2);
  assert.deepEqual(
    second?.known?.map(({ length }) => length),
    engine.codesIn(3),
  );
});

test("a slow upload is cut off and repeated without a second message", async (t) => {
  const { discord, engine } = await aFakeTown(t, { config: { REQUEST_SECONDS: "0.4" } });
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  await asked.reply();
  discord.fault({ ...uploads, times: 1, delayMs: 1500 });
  hold.letGo();
  await asked.reply(hasSong);
  assert.equal(discord.channel("general").messages.filter(hasSong).length, 1);
});

test("a deleted status message is replaced, and the song still comes", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  await asked.reply();
  discord.deleteMessage(asked.message()!);
  hold.letGo();
  const isThere = (message: Message) => hasSong(message) && !message.deleted;
  await discord.until(() => discord.channel("general").messages.find(isThere), { what: "the song", ...patient });
  assert.equal(engine.requests.length, 1);
});

test("while Discord asks for a pause, states are told late and the song is not lost", async (t) => {
  const { discord } = await aFakeTown(t);
  discord.rateLimit({ path: uploads.path, times: 2, retryAfter: 0.2 });
  await (await discord.slash("ada", "general", "jukebox", { seconds: 3 })).reply(hasSong);
  assert.deepEqual(discord.findings, []);
});

test("a token that Discord no longer accepts is told once and for all", async (t) => {
  const { discord, fatal } = await aFakeTown(t);
  discord.fault({ method: "GET", path: "/channels/*/messages/*", status: 401 });
  const clip = await (await discord.slash("ada", "general", "jukebox", { seconds: 2 })).reply(hasSong);
  await discord.slash("ada", "general", "continue", {
    clip: `https://discord.com/channels/${discord.guild("Home").id}/${clip.channelId}/${clip.id}`,
  });
  await discord.request({ method: "GET", path: "/channels/*/messages/*", status: 401 });
  await discord.until(() => fatal[0], { what: "the fatal error", ...patient });
  assert.match(fatal[0]?.message ?? "", /Discord doesn't accept DISCORD_TOKEN/);
});

test("a bot that starts while Discord is out of order tries again", async (t) => {
  const { discord, bot, startBot } = await aFakeTown(t);
  await bot.stop();
  discord.fault({ method: "GET", path: "/gateway/bot", times: 2, status: 502 });
  await startBot();
  await (await discord.slash("ada", "general", "jukebox", { seconds: 2 })).reply(hasSong);
});

test("when the token is too old, the message that told how it stands is finished, and leads to the song", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  await asked.reply(({ content }) => content.includes("Generating"));
  discord.fault({ path: /^\/webhooks\//, times: Number.POSITIVE_INFINITY, code: 50027 });
  hold.letGo();
  const song = await discord.nextMessage("general", hasSong, patient);
  const isFinished = () => (asked.message()?.content.includes(`/${song.channelId}/${song.id}`) ? true : undefined);
  await discord.until(isFinished, { what: "a finished status", ...patient });
  assert.match(asked.message()!.content, /Finished\.\nHere it is: https:\/\/discord\.com\/channels\//);
  assert.doesNotMatch(asked.message()!.content, /[█░]/);
  assert.equal(discord.channel("general").messages.length, 2, "the old message and the song, nothing else");
  assert.deepEqual(discord.findings, []);
});

test("a file that is too large at every bit rate is sent without its pictures, else kept, and /queue tries again", async (t) => {
  const { discord, engine } = await aFakeTown(t, { config: { EDIT_SECONDS: "100" } });
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  const id = clipIdIn(await asked.reply());
  discord.fault({ ...uploads, times: 5, code: 40005 }); // 128, 64, 32, 16 kb/s, and without pictures
  hold.letGo();
  await asked.reply(
    ({ content }) => /too large, even at the lowest quality.*\/queue.*\/continue/.test(content),
    patient,
  );
  discord.fault({ method: "POST", path: "/webhooks/*/*", times: 2, code: 40005 });
  const refused = await discord.slash("ada", "general", "queue", {});
  const told = await refused.followUp(({ content }) => content.includes("too large"), patient);
  assert.match(told.content, new RegExp(`/continue clip:${id}`));
  assert.equal(told.flags & 64, 64);
  discord.fault({ method: "POST", path: "/webhooks/*/*", times: 1, code: 40005 });
  const given = await (await discord.slash("ada", "general", "queue", {})).followUp(hasSong, patient);
  assert.deepEqual([given.attachments.length, clipIdIn(given)], [1, id], "the song alone");
  assert.deepEqual(discord.findings, []);
});

test("a song whose channel or thread is gone comes as a direct message", async (t) => {
  for (const code of [10003, 50083, 160005]) {
    const { discord, engine } = await aFakeTown(t);
    const hold = engine.holdAt(1);
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
    await hold.reached;
    await asked.reply();
    const general = discord.channel("general").id;
    discord.fault({ path: /^\/webhooks\//, times: Number.POSITIVE_INFINITY, code });
    discord.fault({ path: new RegExp(`^/channels/${general}/`), times: Number.POSITIVE_INFINITY, code });
    hold.letGo();
    await discord.until(() => discord.directMessages("ada").find(hasSong), {
      what: `the song after ${code}`,
      ...patient,
    });
  }
});
