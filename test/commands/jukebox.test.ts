/** /jukebox over the loopback Discord: what is asked, refused, offered, and how the song comes back. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { PermissionFlagsBits } from "discord.js";
import { openStore } from "../../src/store/store.ts";
import { aFakeTown, hasSong, songIn } from "../e2e/support.ts";
import { aRequest } from "../fakes/request.ts";
import { readOgg } from "../support/ogg.ts";

test("a song is made and posted in the reply, with its picture and its tags", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const asked = await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 4, seed: 7 });
  const reply = await asked.reply(hasSong);
  await asked.deferred(); // was the first answer
  assert.deepEqual(
    reply.attachments.map(({ contentType }) => contentType),
    ["audio/ogg", "image/png"],
  );
  const song = readOgg(songIn(reply)!.bytes);
  assert.equal(song.samples, 4 * 48_000);
  assert.equal(song.tags.get("SEED"), "7");
  assert.equal(song.tags.get("GENRE"), "jazz");
  const levels = [0, 1, 2].map(() => ({ artist: 1, genres: [1] }));
  assert.deepEqual(engine.requests[0]?.request.labels, { levels, totalSeconds: 4 });
  assert.equal(engine.requests[0]?.options.live, undefined, "nobody listens");
  assert.deepEqual(discord.findings, []);
});

test("an unknown genre is refused with the closest ones, and nothing is made", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const asked = await discord.slash("ada", "general", "jukebox", { genre: "jaz" });
  const { content } = await asked.reply();
  assert.match(content, /I don't know the genre "jaz"\. Close to it: jazz/);
  assert.equal(engine.requests.length, 0);
  assert.deepEqual(discord.findings, []);
});

test("a length the model can't do is refused", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const { content } = await (await discord.slash("ada", "general", "jukebox", { seconds: 600 })).reply();
  assert.match(content, /60/);
  assert.equal(engine.requests.length, 0);
});

test("the model's own genres and artists are offered while typing", async (t) => {
  const { discord } = await aFakeTown(t);
  const genres = await discord.autocomplete("ada", "general", "jukebox", { option: "genre", value: "ju" });
  assert.equal(genres[0]?.value, "jungle");
  assert.ok(!genres.some(({ value }) => value === "unknown"));
  const artists = await discord.autocomplete("ada", "general", "jukebox", { option: "artist", value: "kett" });
  assert.equal(artists[0]?.value, "The Kettles");
  assert.deepEqual(discord.findings, []);
});

test("a user's words neither ping nor format", async (t) => {
  const { discord } = await aFakeTown(t);
  const genre = "@everyone **loud** <@1234> `code`";
  const { content } = await (await discord.slash("ada", "general", "jukebox", { genre })).reply();
  assert.ok(!content.includes("@everyone") && !content.includes("<@1234>"), content);
  assert.ok(content.includes("\\*\\*loud\\*\\*") && content.includes("\\`code\\`"), content);
  for (const { body } of discord.requests.filter(({ path }) => path.includes("/messages")))
    assert.deepEqual((body as { allowed_mentions?: { parse?: unknown } }).allowed_mentions?.parse, []);
  assert.deepEqual(discord.findings, []);
});

test("the place in line, the progress and the end are told", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const hold = engine.holdAt(2);
  const first = await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 4 });
  await hold.reached;
  const second = await discord.slash("ben", "general", "jukebox", { genre: "rock", seconds: 4 });
  const third = await discord.slash("cy", "general", "jukebox", { genre: "rock", seconds: 4 });
  await second.reply(({ content }) => content.includes("1 song ahead"));
  await third.reply(({ content }) => content.includes("2 songs ahead"));
  await first.reply(({ content }) => /Generating\n`█{10}░{10}` 50 %/.test(content));
  hold.letGo();
  for (const asked of [first, second, third]) await asked.reply(hasSong);
  assert.deepEqual(discord.findings, []);
});

test("more songs than one user may have are refused", async (t) => {
  const { discord, engine } = await aFakeTown(t, { config: { QUEUE_PER_USER: "1" } });
  const hold = engine.holdAt(1);
  const first = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  const { content } = await (await discord.slash("ada", "general", "jukebox", { seconds: 3 })).reply();
  assert.match(content, /You have 1 song in the queue already/);
  hold.letGo();
  await first.reply(hasSong);
});

test("the bit rate is chosen so that the file fits what may be uploaded", async (t) => {
  const { discord, engine } = await aFakeTown(t, { settings: { attachmentSizeLimit: 100_000 } });
  const reply = await (await discord.slash("ada", "general", "jukebox", { seconds: 8 })).reply(hasSong);
  const bitrate = engine.requests[0]?.options.bitrate;
  assert.ok(bitrate !== undefined && bitrate < 30_000 && bitrate > 16_000, `${bitrate} bits a second`);
  assert.ok(songIn(reply)!.size < 100_000);
  const { content } = await (await discord.slash("ada", "general", "jukebox", { seconds: 60 })).reply();
  assert.match(content, /A file of 60 s would be larger than what may be uploaded here/);
});

test("who lacks permissions for later is told so at once", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  discord.permit("general", { deny: PermissionFlagsBits.AttachFiles });
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await asked.reply(({ content }) => content.includes("I am missing permissions in this channel: Attach Files."));
  hold.letGo();
  await asked.reply(hasSong); // an interaction's token needs none of them
});

test("a stored song with one temperature for all levels is generated", async (t) => {
  const { discord, guild, bot, config, engine, startBot } = await aFakeTown(t);
  await bot.stop();
  const store = openStore(join(config.data, "jukebox.db"));
  const place = { guildId: guild.id, channelId: discord.channel("general").id, userId: discord.user("ada").id };
  const request = aRequest({ ...place, tokenEndsAt: 0 });
  const song = { ...request.order.song, temperature: 0.8 };
  store.jobs.add({ id: "0123abcd", request: { ...request, order: { ...request.order, song } } });
  store.close();
  await startBot();
  await discord.nextMessage("general", hasSong);
  assert.deepEqual(
    engine.requests[0]?.request.sampling,
    [0.8, 0.8, 0.8].map((temperature) => ({ temperature })),
  );
});

test("a broken engine is answered for without showing its words, and the next song is made", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  engine.breakWith(new Error("ENOENT /home/secret"));
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  const { content } = await asked.reply(({ content }) => content.includes("Something went wrong on my side"));
  assert.ok(!content.includes("secret"));
  await (await discord.slash("ada", "general", "jukebox", { seconds: 3 })).reply(hasSong);
  assert.deepEqual(discord.findings, []);
});
