/** The bot in voice channels of the loopback Discord: what is heard, and what happens when the connection does not hold. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PermissionFlagsBits } from "discord.js";
import { aFakeTown, hasSong } from "../../e2e/support.ts";
import { toneOf } from "../../fakes/engine.ts";
import type { Message } from "../../loopback/message.ts";
import { loudestTone, toneLevel } from "../../loopback/tone.ts";

const tones = [0, 1, 2, 3].map(toneOf);

// Most of the time is spent listening, so several listen at once.
describe("a bot in voice", { concurrency: 4 }, () => {
  it("a song is heard whole, encrypted end to end, and is posted", async (t) => {
    const { discord, guild } = await aFakeTown(t);
    const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
    const asked = await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 3, seed: 1 });
    await asked.reply(({ content }) => /Playing in <#\d+>/.test(content));
    await discord.botInVoice(guild, "Music");
    await asked.reply(hasSong);
    await discord.botInVoice(guild, null, { timeout: 8000 });

    const voice = discord.voice(guild).stats();
    const { decrypted, failed, plain, undecodable } = ada.stats;
    t.diagnostic(JSON.stringify({ ...voice, spurts: voice.spurts.length, heard: ada.stats }));
    assert.deepEqual([voice.lost, voice.reordered, voice.badSteps, voice.authFailures], [0, 0, 0, 0]);
    assert.deepEqual([failed, plain, undecodable], [0, 0, 0]);
    assert.equal(decrypted, 3 * 50);
    const pcm = ada.pcm();
    assert.equal(loudestTone(pcm, tones), toneOf(1));
    assert.ok(toneLevel(pcm, toneOf(1)) > 0.4, `level ${toneLevel(pcm, toneOf(1))}`);
    assert.deepEqual(discord.findings, []);
  });

  it("two servers hear their own songs at the same time", async (t) => {
    const { discord, guild } = await aFakeTown(t);
    const away = discord.addGuild({ name: "Away", text: ["lobby"], voice: ["Bar"], users: ["dee"] });
    const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
    const dee = discord.addListener(away, "Bar", "dee", { keep: "all" });
    await discord.slash("ada", "general", "jukebox", { seconds: 4, seed: 1 });
    await discord.slash("dee", discord.channel("lobby", away), "jukebox", { seconds: 4, seed: 2 });
    await Promise.all([ada.hears(1), dee.hears(1)]);
    assert.ok(discord.voice(guild).isSpeaking && discord.voice(away).isSpeaking, "both play");
    await Promise.all([
      discord.botInVoice(guild, null, { timeout: 8000 }),
      discord.botInVoice(away, null, { timeout: 8000 }),
    ]);
    assert.equal(loudestTone(ada.pcm(), tones), toneOf(1));
    assert.equal(loudestTone(dee.pcm(), tones), toneOf(2));
    assert.deepEqual([discord.voice(guild).stats().lost, discord.voice(away).stats().lost], [0, 0]);
    assert.deepEqual(discord.findings, []);
  });

  it("the next song of a server is played without leaving the channel", async (t) => {
    const { discord, guild } = await aFakeTown(t, { config: { LINGER_SECONDS: "2" } });
    const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
    await discord.slash("ada", "general", "jukebox", { seconds: 2, seed: 1 });
    const second = await discord.slash("ada", "general", "jukebox", { seconds: 2, seed: 2 });
    await second.reply(hasSong, { timeout: 8000 });
    await discord.botInVoice(guild, null, { timeout: 8000 });
    assert.equal(discord.voice(guild).sessions.length, 1);
    assert.equal(ada.stats.decrypted, 4 * 50);
    assert.deepEqual(discord.findings, []);
  });

  it("while the engine is late the listener hears silence, not an end", async (t) => {
    const { discord, guild, engine } = await aFakeTown(t);
    const hold = engine.holdAt(1);
    const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3, seed: 1 });
    await hold.reached;
    await ada.hears(1.5);
    hold.letGo();
    await asked.reply(hasSong);
    await discord.botInVoice(guild, null, { timeout: 8000 });
    assert.equal(ada.stats.decrypted, 3 * 50);
    assert.ok(ada.stats.silence >= 20, `${ada.stats.silence} frames of silence`);
    assert.equal(discord.voice(guild).stats().spurts.length, 1);
  });

  it("a bot that may not speak says so and posts the song all the same", async (t) => {
    const { discord, guild } = await aFakeTown(t);
    discord.connectUser("ada", "Music", guild);
    discord.permit("Music", { deny: PermissionFlagsBits.Speak });
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 2 });
    await asked.reply(({ content }) => /I need the permission \*\*Speak\*\* to play in <#\d+>\./.test(content));
    await asked.reply(hasSong);
    assert.equal(discord.gateway.op4.length, 0);
    assert.deepEqual(discord.findings, []);
  });

  it("a kicked bot stays away, says so, and posts the song", async (t) => {
    const { discord, guild, engine } = await aFakeTown(t);
    const hold = engine.holdAt(2);
    const ada = discord.addListener(guild, "Music", "ada");
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 4 });
    await hold.reached;
    await ada.hears(0.5);
    discord.kickBot(guild);
    const removed = ({ content }: Message) => content.includes("I was removed from the voice channel");
    await asked.reply(removed);
    hold.letGo();
    assert.ok(removed(await asked.reply(hasSong)));
    assert.equal(discord.gateway.op4.filter(({ channelId }) => channelId !== null).length, 1);
    assert.deepEqual(discord.findings, []);
  });

  it("a kick reported as 4022 is final, too", async (t) => {
    const { discord, guild, engine } = await aFakeTown(t);
    const hold = engine.holdAt(2);
    const ada = discord.addListener(guild, "Music", "ada");
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 4 });
    await hold.reached;
    await ada.hears(0.5);
    discord.kickBot(guild, { closeCode: 4022 });
    hold.letGo();
    await asked.reply(hasSong);
    assert.equal(discord.gateway.op4.filter(({ channelId }) => channelId !== null).length, 1);
  });

  it("a moved bot plays on in the other channel", async (t) => {
    const { discord, guild } = await aFakeTown(t);
    discord.connectUser("ada", "Music", guild);
    const ben = discord.addListener(guild, "Attic", "ben", { keep: "all" });
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 5, seed: 1 });
    await discord.voice(guild).speaks(true);
    discord.moveBot(guild, "Attic");
    await ben.hears(2, { timeout: 8000 });
    assert.equal(loudestTone(ben.pcm(), tones), toneOf(1));
    await asked.reply(hasSong);
    await discord.botInVoice(guild, null, { timeout: 8000 });
    assert.deepEqual(discord.findings, []);
  });

  it("cut off with 4014 but not sent away, the bot comes back and plays on", async (t) => {
    const { discord, guild } = await aFakeTown(t);
    const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
    await discord.slash("ada", "general", "jukebox", { seconds: 4, seed: 1 });
    await ada.hears(0.5);
    discord.voice(guild).close(4014);
    await discord.botInVoice(guild, null, { timeout: 10_000 });
    assert.equal(discord.voice(guild).sessions.length, 2);
    assert.ok(ada.stats.decrypted >= 3.5 * 50, `${ada.stats.decrypted} frames`);
  });

  it("a voice server that turns everyone away is not stormed, and the song is posted", async (t) => {
    const { discord, guild } = await aFakeTown(t);
    discord.voiceFault("refuseIdentify", { times: Number.POSITIVE_INFINITY });
    discord.connectUser("ada", "Music", guild);
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 2 });
    await asked.reply(({ content }) => content.includes("I couldn't join the voice channel."), { timeout: 30_000 });
    await asked.reply(hasSong);
    const joins = discord.gateway.op4.filter(({ channelId }) => channelId !== null);
    t.diagnostic(`joins: ${joins.length}`);
    assert.ok(joins.length <= 6, `${joins.length} joins`);
  });
});
