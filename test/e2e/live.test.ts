/** Songs as people live through them: heard while they are made, posted, continued, taken back. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openStore } from "../../src/store/store.ts";
import type { Interaction } from "../loopback/interaction.ts";
import { loudness } from "../loopback/tone.ts";
import { temporaryFolder } from "../support/folder.ts";
import { readOgg } from "../support/ogg.ts";
import { aFakeTown, aTown, clipIdIn, hasSong, linkTo, songIn, type Town } from "./support.ts";

const patient = { timeout: 120_000 };
const seconds = 6;

/** Seconds of the whole song as the engine rounds them. */
const exactly = ({ engine }: Town, wanted = seconds) => {
  const { hops, sampleRate } = engine.model;
  return (engine.codesIn(wanted)[0]! * hops[0]!) / sampleRate;
};

/** A second look into the bot's store. */
function storeOf(t: TestContext, { config }: Town) {
  const store = openStore(join(config.data, "jukebox.db"));
  t.after(() => store.close());
  return store;
}

const isCancelled = (asked: Interaction) => asked.reply(({ content }) => content.includes("Cancelled."), patient);

test("a second member hears the song while it is made, and its file is posted", async (t) => {
  const town = await aTown(t);
  const { discord, guild, engine } = town;
  const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
  const { metre, bands } = engine.model;
  const band = bands.find((one) => one.metre?.sings); // of a model without singers, the genre alone
  const words = { lyrics: "silver river / carry me home", mood: metre?.moods?.[0] ?? "" };
  const wish = band ? { genre: band.genre, artist: band.artist, ...words } : { genre: engine.model.genres[1]! };
  const { genre } = wish;
  const length = band ? 12 : seconds;
  const asked = await discord.slash("ada", "general", "jukebox", { ...wish, seconds: length, seed: 1 });
  await asked.deferred(); // was the first answer
  const reply = await asked.reply(hasSong, patient);
  await discord.botInVoice(guild, null, patient);

  const voice = discord.voice(guild).stats();
  const told = { ...voice, spurts: voice.spurts.length };
  t.diagnostic(`packets: ${JSON.stringify(told)}`);
  t.diagnostic(`heard: ${JSON.stringify(ada.stats)}`);
  assert.deepEqual([voice.lost, voice.reordered, voice.badSteps, voice.authFailures], [0, 0, 0, 0]);
  assert.deepEqual([ada.stats.failed, ada.stats.plain, ada.stats.undecodable], [0, 0, 0]);
  assert.ok(
    Math.abs(ada.stats.decrypted - Math.ceil(exactly(town, length) * 50)) <= 1,
    `${ada.stats.decrypted} frames`,
  );
  assert.ok(loudness(ada.pcm()) > 0.003, `loudness ${loudness(ada.pcm())}`);

  const song = readOgg(songIn(reply)!.bytes);
  assert.ok(Math.abs(song.samples / 48_000 - exactly(town, length)) < 0.001, `${song.samples / 48_000} s`);
  assert.equal(song.tags.get("SEED"), "1");
  assert.equal(song.tags.get("GENRE"), genre);
  assert.ok([...song.packets()].length > 0);
  const lyrics = reply.attachments.find(({ filename }) => filename.endsWith(".lrc"));
  if (band) assert.match(Buffer.from(lyrics!.bytes).toString(), /^\[00:0\d\.\d\d\]silver river$/m);
  else assert.equal(lyrics, undefined);
  assert.deepEqual(discord.findings, []);
});

test("a continued clip begins with the old one's codes", async (t) => {
  const town = await aTown(t);
  const { discord, guild } = town;
  const clip = await (await discord.slash("ada", "general", "jukebox", { seconds: 3 })).reply(hasSong, patient);
  const longer = await (
    await discord.slash("ada", "general", "continue", { clip: linkTo(guild, clip), seconds: 2 })
  ).reply(hasSong, patient);
  const store = storeOf(t, town);
  const before = store.codes.of(clipIdIn(clip));
  const after = store.codes.of(clipIdIn(longer));
  assert.deepEqual(
    before.map(({ length }) => length),
    town.engine.codesIn(3),
  );
  assert.deepEqual(
    after.map(({ length }) => length),
    town.engine.codesIn(5),
  );
  assert.deepEqual(
    after.map((codes, level) => codes.subarray(0, before[level]!.length)),
    before,
  );
  const song = readOgg(songIn(longer)!.bytes);
  assert.ok(Math.abs(song.samples / 48_000 - exactly(town, 5)) < 0.001);
  assert.equal(song.tags.get("CONTINUES"), clipIdIn(clip));
  assert.deepEqual(discord.findings, []);
});

test("a song begins with a file that someone hands over, and is heard and posted with it", async (t) => {
  const town = await aTown(t);
  const { discord, guild, engine } = town;
  const bytes = readFileSync(join(import.meta.dirname, "../audio/fixtures/stereo.opus"));
  const file = { filename: "mine.ogg", contentType: "audio/ogg", bytes };
  const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
  const asked = await discord.slash("ada", "general", "continue", { file, seconds: 2 });
  const reply = await asked.reply(hasSong, patient);
  await discord.botInVoice(guild, null, patient);

  const path = join(temporaryFolder(t), "mine.ogg");
  writeFileSync(path, bytes);
  const { codes: expected, seconds: before } = await engine.encode(path, { maxSeconds: 60 });
  const codes = storeOf(t, town).codes.of(clipIdIn(reply));
  assert.deepEqual(
    codes.map((line, level) => line.subarray(0, expected[level]!.length)),
    expected,
  );
  assert.deepEqual(
    codes.map(({ length }) => length),
    engine.codesIn(before + 2),
  );
  const song = readOgg(songIn(reply)!.bytes);
  assert.ok(Math.abs(song.samples / 48_000 - exactly(town, before + 2)) < 0.001, `${song.samples / 48_000} s`);
  assert.equal(song.tags.get("CONTINUES"), "mine.ogg");
  assert.ok(loudness(ada.pcm()) > 0.003, `loudness ${loudness(ada.pcm())}`);
  assert.deepEqual([ada.stats.failed, ada.stats.plain], [0, 0]);
  assert.deepEqual(discord.findings, []);
});

test("a song is taken back while it waits and while it is made", async (t) => {
  const town = await aTown(t);
  const { discord, guild } = town;
  const ada = discord.addListener(guild, "Music", "ada");
  const first = await discord.slash("ada", "general", "jukebox", { seconds });
  const second = await discord.slash("ben", "general", "jukebox", { seconds });
  const third = await discord.slash("cy", "general", "jukebox", { seconds: 2 });
  await third.reply(({ content }) => content.includes("2 songs ahead"), patient);
  await discord.slash("ben", "general", "cancel", {});
  await isCancelled(second);
  await third.reply(({ content }) => content.includes("1 song ahead"), patient);

  await ada.hears(0.5, patient);
  await discord.slash("ada", "general", "cancel", {});
  await isCancelled(first);
  await discord.botInVoice(guild, null, patient);
  await third.reply(hasSong, patient);
  assert.deepEqual(
    [first, second].map(({ versions }) => versions.some(hasSong)),
    [false, false],
  );
  const store = storeOf(t, town);
  for (const asked of [first, second]) {
    const id = clipIdIn(asked.message()!); // it has a reply
    assert.deepEqual([store.jobs.request(id), store.codes.of(id)], [undefined, []]);
  }
  assert.deepEqual(discord.findings, []);
});

test("a song that is made already can be silenced, and is still posted", async (t) => {
  const { discord, guild } = await aFakeTown(t); // quicker than life
  const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 12 });
  await asked.reply(hasSong, patient);
  assert.equal(discord.voice(guild).isSpeaking, true, "it plays on after it was made");
  const stopped = await discord.slash("ada", "general", "stop", {});
  await stopped.reply(({ content }) => content === "Stopped.");
  await discord.botInVoice(guild, null);
  assert.ok(ada.stats.decrypted < 12 * 50);
  assert.deepEqual(discord.findings, []);
});
