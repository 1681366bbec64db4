/** The double's voice, with the real discord.js and @discordjs/voice as its clients. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { VoiceConnection } from "@discordjs/voice";
import type { Client } from "discord.js";
import { startClient } from "./client.ts";
import { LoopbackDiscord } from "./loopback.ts";
import type { Settings } from "./settings.ts";
import { ended, isReady, join, opusTone, play } from "./singer.ts";
import { loudestTone } from "./tone.ts";
import type { Channel, Guild } from "./world.ts";

interface Stage {
  readonly discord: LoopbackDiscord;
  readonly client: Client<true>;
  readonly guild: Guild;
  readonly music: Channel;
}

const cleanups: (() => Promise<void> | void)[] = [];

async function setUp(settings: Partial<Settings> = {}): Promise<Stage> {
  const discord = await LoopbackDiscord.start(settings);
  cleanups.push(() => discord.stop());
  const guild = discord.addGuild({ voice: ["Music", "Other"], stage: ["Podium"] });
  const client = await startClient(discord);
  cleanups.push(() => client.destroy());
  return { discord, client, guild, music: discord.channel("Music", guild) };
}

async function joined({ client, guild, music }: Stage): Promise<VoiceConnection> {
  const connection = join(client, guild, music);
  cleanups.push(() => (connection.state.status === "destroyed" ? undefined : connection.destroy()));
  return isReady(connection);
}

afterEach(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

const tones = [440, 554, 659];

describe("a song over the loopback voice", () => {
  it("is heard by an encrypted second member: whole, in order, in tune", async () => {
    const stage = await setUp();
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
    assert.equal(loudestTone(listener.pcm(), tones), 440);
    assert.equal(listener.privacyCode, connection.voicePrivacyCode);
    assert.notEqual(listener.privacyCode, "");
    assert.equal(discord.voice(guild).mode, "aead_aes256_gcm_rtpsize");
    assert.equal(discord.gateway.op4.length, 1);
    assert.deepEqual(discord.findings, []);
  });
});
