/** The double's voice when all goes well, with the real discord.js and @discordjs/voice as its clients. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { ended, isReady, join, opusTone, play } from "./singer.ts";
import { joined, onStage } from "./stage.ts";
import { loudestTone } from "./tone.ts";

const tones = [440, 554, 659];

describe("a song over the loopback voice", () => {
  it(
    "is heard by an encrypted second member: whole, in order, in tune",
    onStage({}, async (stage) => {
      const { discord, guild, music } = stage;
      const listener = discord.addListener(guild, music, "ada", { keep: "all" });
      const connection = await joined(stage);
      await listener.secured(discord.world.bot.id);
      const frames = opusTone(440, 2);
      await ended(play(connection, frames));
      await discord.voice(guild).speaks(false);
      const stats = discord.voice(guild).stats();
      assert.equal(stats.packets, frames.length + 4);
      assert.deepEqual([stats.lost, stats.reordered, stats.badSteps, stats.authFailures], [0, 0, 0, 0]);
      assert.equal(stats.spurts.length, 1);
      assert.deepEqual([listener.stats.decrypted, listener.stats.silence], [frames.length, 4]);
      assert.deepEqual([listener.stats.plain, listener.stats.failed, listener.stats.undecodable], [0, 0, 0]);
      assert.equal(listener.pcm().length, (frames.length + 4) * 1920);
      assert.equal(loudestTone(listener.pcm(), tones), 440);
      assert.equal(listener.privacyCode, connection.voicePrivacyCode);
      assert.notEqual(listener.privacyCode, "");
      assert.equal(discord.voice(guild).mode, "aead_aes256_gcm_rtpsize");
      assert.equal(discord.gateway.op4.length, 1);
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "is heard with XChaCha20 too, and when the bot's commits are the ones taken",
    onStage({ modes: ["aead_xchacha20_poly1305_rtpsize"], committer: "bot", firstTransition: 7 }, async (stage) => {
      const { discord, guild, music } = stage;
      const listener = discord.addListener(guild, music, "ada");
      const connection = await joined(stage);
      await listener.secured(discord.world.bot.id);
      await ended(play(connection, opusTone(554, 0.6)));
      await discord.voice(guild).speaks(false);
      assert.equal(discord.voice(guild).mode, "aead_xchacha20_poly1305_rtpsize");
      assert.deepEqual([listener.stats.decrypted, listener.stats.failed, listener.stats.plain], [30, 0, 0]);
      assert.equal(loudestTone(listener.pcm(), tones), 554);
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "is heard by those who come while it plays, and goes on when they leave",
    onStage({}, async (stage) => {
      const { discord, guild, music } = stage;
      const connection = await joined(stage);
      const player = play(connection, opusTone(440, 2.5));
      await discord.voice(guild).packets(20);
      const ada = discord.addListener(guild, music, "ada");
      await ada.hears(0.4);
      const ben = discord.addListener(guild, music, "ben");
      await ben.hears(0.4);
      assert.equal(ada.privacyCode, ben.privacyCode);
      assert.equal(ada.privacyCode, connection.voicePrivacyCode);
      assert.equal(discord.voice(guild).room?.epoch, 2n);
      ben.leave();
      await discord.until(() => (discord.voice(guild).room?.epoch === 3n ? true : undefined), { what: "third epoch" });
      await ended(player);
      assert.deepEqual([ada.stats.failed, ben.stats.failed], [0, 0]);
      assert.equal(discord.voice(guild).stats().lost, 0);
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "is unencrypted end to end when nobody is there, and heard again by a listener who comes back",
    onStage({}, async (stage) => {
      const { discord, guild, music } = stage;
      const connection = await joined(stage);
      const first = discord.addListener(guild, music, "ada");
      await first.secured(discord.world.bot.id);
      const player = play(connection, opusTone(440, 2));
      await first.hears(0.3);
      first.leave();
      const isPlain = (frame: Buffer) => frame.readUInt16BE(frame.length - 2) !== 0xfafa;
      const look = () => (discord.voice(guild).current?.frames.slice(-5).every(isPlain) ? true : undefined);
      await discord.until(look, { what: "five plain frames" });
      const again = discord.addListener(guild, music, "ada");
      await again.hears(0.3);
      assert.equal(loudestTone(again.pcm(), tones), 440);
      await ended(player);
      assert.equal(again.stats.failed, 0);
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "goes through a stage channel without end-to-end encryption once the bot may speak",
    onStage({}, async (stage) => {
      const { discord, guild, client } = stage;
      const podium = discord.channel("Podium", guild);
      discord.permit(podium, { allow: 1n << 22n });
      const listener = discord.addListener(guild, podium, "ada");
      const connection = await joined(stage, podium);
      await ended(play(connection, opusTone(659, 0.4)));
      assert.equal(listener.stats.frames, 0);
      await client.guilds.cache.get(guild.id)?.members.me?.voice.setSuppressed(false);
      await ended(play(connection, opusTone(659, 0.4)));
      await discord.voice(guild).speaks(false);
      assert.deepEqual([listener.stats.plain, listener.stats.decrypted], [20, 0]);
      assert.equal(loudestTone(listener.pcm(), tones), 659);
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "in one guild is not heard in another",
    onStage({}, async (stage) => {
      const { discord, guild, client, music, cleanups } = stage;
      const known = once(client, "guildCreate");
      const away = discord.addGuild({ name: "Away", users: ["ben"] });
      await known;
      const theirs = discord.channel("Music", away);
      const [ada, ben] = [discord.addListener(guild, music, "ada"), discord.addListener(away, theirs, "ben")];
      const connections = [await joined(stage), await isReady(join(client, away, theirs))];
      cleanups.push(() => connections[1]?.destroy());
      await Promise.all([ada, ben].map((listener) => listener.secured(discord.world.bot.id)));
      const players = connections.map((connection, at) => play(connection, opusTone(tones[at] ?? 0, 1)));
      await Promise.all(players.map(ended));
      assert.deepEqual(
        [ada, ben].map((listener) => loudestTone(listener.pcm(), tones)),
        [440, 554],
      );
      assert.deepEqual([ada.stats.decrypted, ben.stats.decrypted], [50, 50]);
      assert.deepEqual(discord.findings, []);
    }),
  );
});
