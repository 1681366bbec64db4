/** What the real libraries do when the double lets voice go wrong: the facts that the bot has to live with. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { entersState, getVoiceConnection, VoiceConnectionStatus } from "@discordjs/voice";
import type { Listener } from "./listener.ts";
import { ended, isReady, join, opusTone, play } from "./singer.ts";
import { joined, joining, onStage, type Stage } from "./stage.ts";

/** A song with something happening in the middle; the packets that came of it. */
async function disturbed(stage: Stage, seconds: number, disturb: (listener: Listener) => Promise<void>) {
  const { discord, guild, music } = stage;
  const listener = discord.addListener(guild, music, "ada", { keep: "all" });
  const connection = await joined(stage);
  await listener.secured(discord.world.bot.id);
  const frames = opusTone(440, seconds);
  const player = play(connection, frames);
  await listener.hears(0.2);
  await disturb(listener);
  await ended(player);
  await discord.voice(guild).speaks(false);
  return { listener, connection, frames, stats: discord.voice(guild).stats() };
}

describe("when the main gateway fails", () => {
  for (const [name, fail] of [
    ["closes with 1001", ({ discord }: Stage) => discord.gateway.close(1001)],
    ["is cut", ({ discord }: Stage) => discord.gateway.terminate()],
    ["asks to reconnect", ({ discord }: Stage) => discord.gateway.reconnect()],
  ] as const) {
    it(
      `and ${name}, it is resumed and no sound is lost`,
      onStage({}, async (stage) => {
        const { discord, guild } = stage;
        const { stats, frames } = await disturbed(stage, 1, async () => {
          fail(stage);
          await discord.until(() => (discord.gateway.resumes === 1 ? true : undefined), { what: "resume" });
          discord.connectUser("ben", "Other");
        });
        assert.equal(stats.packets, frames.length + 4);
        assert.equal(stats.lost, 0);
        assert.equal(discord.gateway.identifies.length, 1);
        const seen = stage.client.guilds.cache.get(guild.id)?.voiceStates.cache.get(discord.user("ben").id)?.channelId;
        assert.equal(seen, discord.channel("Other", guild).id);
        assert.deepEqual(discord.findings, []);
      }),
    );
  }

  it(
    "and refuses to resume, the client identifies anew and finds itself out of voice",
    onStage({}, async (stage) => {
      const { discord, guild } = stage;
      const connection = await joined(stage);
      discord.gateway.refuseResumes();
      discord.gateway.terminate();
      // Not sooner than 5 s after the first identify: the client spaces them so.
      await entersState(connection, VoiceConnectionStatus.Disconnected, 9000);
      await discord.until(() => (discord.gateway.identifies.length === 2 ? true : undefined), {
        what: "second identify",
      });
      await discord.botInVoice(guild, null);
    }),
  );
});

describe("when the voice gateway fails", () => {
  for (const [name, fail] of [
    ["closes with 4015", ({ discord, guild }: Stage) => discord.voice(guild).close(4015)],
    ["is cut", ({ discord, guild }: Stage) => discord.voice(guild).terminate()],
  ] as const) {
    it(
      `and ${name}, the session is resumed and no sound is lost`,
      onStage({}, async (stage) => {
        const { discord, guild } = stage;
        const { stats, frames, listener } = await disturbed(stage, 1, async () => {
          fail(stage);
          await discord.until(() => (discord.voice(guild).resumes === 1 ? true : undefined), { what: "resume" });
        });
        assert.equal(discord.voice(guild).sessions.length, 1);
        assert.equal(stats.lost, 0);
        assert.equal(listener.stats.decrypted, frames.length);
        assert.equal(discord.gateway.op4.length, 1);
        assert.deepEqual(discord.findings, []);
      }),
    );
  }

  it(
    "and does not acknowledge heartbeats, the session is resumed",
    onStage({ voiceHeartbeatMs: 200 }, async (stage) => {
      const { discord, guild } = stage;
      await joined(stage);
      discord.voiceFault("withholdAck", { times: Number.POSITIVE_INFINITY });
      await discord.until(() => (discord.voice(guild).resumes > 0 ? true : undefined), { what: "resume" });
    }),
  );

  it(
    "and ends the session with 4006, the bot comes back in a new one",
    onStage({}, async (stage) => {
      const { discord, guild } = stage;
      const { listener, connection } = await disturbed(stage, 1.5, async (ada) => {
        discord.voice(guild).close(4006);
        await discord.until(() => (discord.voice(guild).sessions.length === 2 ? true : undefined), { what: "session" });
        await ada.hears(0.3);
      });
      assert.equal(listener.privacyCode, connection.voicePrivacyCode);
      assert.equal(listener.stats.failed, 0);
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "and refuses to resume, the bot comes back in a new session",
    onStage({}, async (stage) => {
      const { discord, guild } = stage;
      await joined(stage);
      discord.voiceFault("refuseResume");
      discord.voice(guild).close(4015);
      await discord.until(() => (discord.voice(guild).sessions.length === 2 ? true : undefined), { what: "session" });
      await discord.voice(guild).ready();
      assert.equal(discord.gateway.op4.length, 2);
    }),
  );

  it(
    "and refuses each identify, the library asks again without a pause",
    onStage({}, async (stage) => {
      const { discord } = stage;
      discord.voiceFault("refuseIdentify", { times: 20 });
      await isReady(joining(stage));
      assert.equal(discord.gateway.op4.length, 21);
    }),
  );

  it(
    "and nobody listens at the endpoint, the library asks again",
    onStage({}, async (stage) => {
      const { discord } = stage;
      discord.voiceFault("refusedEndpoint", { times: 3 });
      await isReady(joining(stage));
      assert.equal(discord.gateway.op4.length, 4);
    }),
  );

  it(
    "and loses the request for the own address, the library waits for ever",
    onStage({}, async (stage) => {
      stage.discord.voiceFault("dropDiscovery");
      await assert.rejects(isReady(joining(stage), 400));
    }),
  );

  it(
    "and goes away for a while, the song goes on afterwards",
    onStage({}, async (stage) => {
      const { discord, guild } = stage;
      const { listener } = await disturbed(stage, 1, async (ada) => {
        discord.voiceServer(guild, "gone");
        const connection = getVoiceConnection(guild.id);
        assert.ok(connection);
        await entersState(connection, VoiceConnectionStatus.Disconnected, 2000);
        discord.voiceServer(guild, "back");
        await ada.hears(0.3);
      });
      assert.equal(discord.voice(guild).sessions.length, 2);
      assert.equal(listener.stats.failed, 0);
    }),
  );
});

describe("when the bot is not let in as it asked", () => {
  for (const kind of ["silentOp4", "stateOnlyOp4"] as const) {
    it(
      `(${kind}) it waits for ever, and a second wish after leaving is granted`,
      onStage({}, async (stage) => {
        const { discord } = stage;
        discord.voiceFault(kind);
        const connection = joining(stage);
        await assert.rejects(isReady(connection, 200));
        connection.destroy();
        await joined(stage);
        assert.deepEqual(
          discord.gateway.op4.map(({ channelId }) => channelId !== null),
          [true, false, true],
        );
      }),
    );
  }

  it(
    "the server's event first leaves the library waiting",
    onStage({ voiceEventOrder: "server-first", voiceEventGapMs: 50 }, async (stage) => {
      await assert.rejects(isReady(joining(stage), 300));
    }),
  );

  it(
    "a pause between the two events does no harm",
    onStage({ voiceEventGapMs: 150 }, async (stage) => {
      await joined(stage);
    }),
  );

  it(
    "a full channel, or one without permission, answers nothing",
    onStage({}, async (stage) => {
      const { discord, guild, music } = stage;
      music.userLimit = 1;
      discord.connectUser("ada", music);
      await assert.rejects(isReady(joining(stage), 200));
      discord.permit("Other", { deny: 1n << 20n });
      await assert.rejects(isReady(joining(stage, discord.channel("Other", guild)), 200));
      await discord.botInVoice(guild, null);
    }),
  );
});

describe("when a moderator acts", () => {
  it(
    "a kick disconnects the bot and leaves the song to it",
    onStage({}, async (stage) => {
      const { discord, guild, music } = stage;
      discord.connectUser("ada", music);
      const connection = await joined(stage);
      discord.kickBot(guild);
      await entersState(connection, VoiceConnectionStatus.Disconnected, 2000);
      await discord.botInVoice(guild, null);
      assert.equal(discord.gateway.op4.length, 1);
    }),
  );

  it(
    "a kick with 4022 brings this version of the library straight back",
    onStage({}, async (stage) => {
      const { discord, guild } = stage;
      await joined(stage);
      discord.kickBot(guild, { closeCode: 4022 });
      await discord.until(() => (discord.voice(guild).sessions.length === 2 ? true : undefined), { what: "session" });
      assert.equal(discord.gateway.op4.length, 2);
    }),
  );

  it(
    "a move takes the song to the other channel",
    onStage({}, async (stage) => {
      const { discord, guild } = stage;
      const connection = await joined(stage);
      const there = discord.addListener(guild, "Other", "ben");
      const player = play(connection, opusTone(440, 1.5));
      await discord.voice(guild).packets(10);
      discord.moveBot(guild, "Other");
      await there.hears(0.4);
      await discord.botInVoice(guild, "Other");
      player.stop(true);
      assert.equal(there.stats.failed, 0);
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "a deleted channel has nobody in it",
    onStage({}, async (stage) => {
      const { discord, guild, music } = stage;
      const connection = await joined(stage);
      discord.deleteChannel(music);
      await entersState(connection, VoiceConnectionStatus.Disconnected, 2000);
      await discord.botInVoice(guild, null);
    }),
  );
});

describe("when end-to-end encryption fails", () => {
  for (const [kind, committer] of [
    ["corruptCommit", "listener"],
    ["corruptWelcome", "listener"],
  ] as const) {
    it(
      `(${kind}) the bot says so, is added anew and is heard again`,
      onStage({ committer }, async (stage) => {
        const { discord, guild, music } = stage;
        const connection = await joined(stage);
        if (kind === "corruptWelcome") discord.voiceFault(kind);
        const ada = discord.addListener(guild, music, "ada");
        if (kind === "corruptCommit") {
          await ada.secured(discord.world.bot.id);
          discord.voiceFault(kind);
          discord.addListener(guild, music, "ben");
        }
        const { room } = discord.voice(guild);
        await discord.until(() => (room?.invalidations === 1 ? true : undefined), { what: "complaint of the bot" });
        const player = play(connection, opusTone(440, 1.5));
        await ada.hears(0.5);
        assert.equal(ada.privacyCode, connection.voicePrivacyCode);
        player.stop(true);
        assert.deepEqual(discord.findings, []);
      }),
    );
  }

  it(
    "or is not offered, the server will not have the bot",
    onStage({}, async (stage) => {
      const { discord, client, guild, music, cleanups } = stage;
      const connection = join(client, guild, music, { daveEncryption: false });
      cleanups.push(() => connection.destroy());
      const refused = () => discord.findings.find(({ kind }) => kind === "voice-misuse");
      const found = await discord.until(refused, { what: "refusal" });
      assert.match(found.detail, /without end-to-end encryption/);
      assert.equal(discord.voice(guild).sessions.length, 0);
    }),
  );

  it(
    "or is given up for all, frames go without it",
    onStage({}, async (stage) => {
      const { discord, guild } = stage;
      const { listener } = await disturbed(stage, 1.2, async (ada) => {
        discord.voice(guild).room?.downgrade();
        await discord.until(() => (ada.stats.plain > 10 ? true : undefined), { what: "plain frames" });
      });
      assert.equal(listener.stats.failed, 0);
    }),
  );
});
