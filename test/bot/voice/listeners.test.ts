/** Voice beside generation: neither waits for the other, nobody is played to who is not there, and no silence is sent for nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aFakeTown, aTown, hasSong, songIn } from "../../e2e/support.ts";
import { fakeEngine, toneOf } from "../../fakes/engine.ts";
import { loudestTone } from "../../loopback/tone.ts";

const patient = { timeout: 60_000 };

// Most of the time is spent listening, so several listen at once.
describe("voice and generation", { concurrency: 4 }, () => {
  it("a join that hangs holds up neither its own song nor another server's", async (t) => {
    const { discord, guild } = await aFakeTown(t, { config: { JOIN_SECONDS: "600" } });
    discord.voiceFault("silentOp4", { times: Number.POSITIVE_INFINITY });
    discord.connectUser("ada", "Music", guild);
    const away = discord.addGuild({ name: "Away", text: ["lobby"], users: ["dee"] });
    const own = await discord.slash("ada", "general", "jukebox", { seconds: 2 });
    const other = await discord.slash("dee", discord.channel("lobby", away), "jukebox", { seconds: 2 });
    await own.reply(hasSong, patient);
    await other.reply(hasSong, patient);
    await discord.slash("ada", "general", "stop", {});
    await own.reply(({ content }) => !content.includes("Joining"), patient);
  });

  it("a server's next song does not wait for a voice connection that is lost for good", async (t) => {
    const { discord, guild, engine } = await aFakeTown(t, { config: { JOIN_SECONDS: "1" } });
    const hold = engine.holdAt(2);
    const ada = discord.addListener(guild, "Music", "ada");
    const first = await discord.slash("ada", "general", "jukebox", { seconds: 30, seed: 1 });
    const second = await discord.slash("ada", "general", "jukebox", { seconds: 2, seed: 2 });
    await hold.reached;
    await ada.hears(0.5, patient);
    discord.voiceFault("silentOp4", { times: Number.POSITIVE_INFINITY });
    discord.voice(guild).close(4006);
    hold.letGo();
    await first.reply(hasSong, patient);
    await second.reply(hasSong, { timeout: 25_000 }); // it was 61 s
    await first.reply(({ content }) => content.includes("I lost the connection to the voice channel."), patient);
  });

  it("after the last note the bot is silent while the file is still being made, and stays for the next song", async (t) => {
    const engine = withSlowFile();
    const { discord, guild } = await aTown(t, { engine: engine.engine });
    const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 2, seed: 1 });
    await discord.voice(guild).speaks(true, patient);
    await discord.voice(guild).speaks(false, patient);
    assert.equal(asked.versions.some(hasSong), false, "the file is not there yet");
    await asked.reply(({ content }) => content.includes("Played to the end."), patient);
    const { packets } = discord.voice(guild).stats();
    assert.ok(packets <= 2 * 50 + 5, `${packets} packets`);
    engine.letGo();
    const reply = await asked.reply(hasSong, patient);
    assert.ok(songIn(reply));
    await discord.botInVoice(guild, null, patient);
    assert.equal(discord.voice(guild).stats().packets, packets);
    assert.equal(ada.stats.decrypted, 2 * 50);
    assert.deepEqual(discord.findings, []);
  });

  it("when the last listener leaves, the bot stops, says so, leaves, and posts the song", async (t) => {
    const { discord, guild, engine } = await aFakeTown(t);
    const hold = engine.holdAt(3);
    const ada = discord.addListener(guild, "Music", "ada");
    const asked = await discord.slash("ada", "general", "jukebox", { seconds: 20 });
    await hold.reached;
    await ada.hears(0.5, patient);
    ada.leave();
    await discord.botInVoice(guild, null, patient);
    await asked.reply(
      ({ content }) => /Everyone left the voice channel, so I stopped playing\. I'll post/.test(content),
      patient,
    );
    hold.letGo();
    const reply = await asked.reply(hasSong, patient);
    assert.match(reply.content, /Everyone left the voice channel, so I stopped playing\.$/);
    assert.deepEqual(discord.findings, []);
  });

  it("one who comes back at once hears the song go on where it stopped", async (t) => {
    const { discord, guild } = await aFakeTown(t, { config: { LINGER_SECONDS: "20" } });
    const ada = discord.addListener(guild, "Music", "ada");
    await discord.slash("ada", "general", "jukebox", { seconds: 4, seed: 1 });
    await ada.hears(1, patient);
    ada.leave();
    await discord.voice(guild).speaks(false, patient);
    const before = discord.voice(guild).stats().packets;
    const again = discord.addListener(guild, "Music", "ada", { keep: "all" });
    await again.hears(1, patient);
    assert.equal(loudestTone(again.pcm(), [0, 1, 2, 3].map(toneOf)), toneOf(1));
    await discord.voice(guild).speaks(false, patient);
    const after = discord.voice(guild).stats().packets;
    assert.ok(after - before <= 4 * 50 - before + 20, `${before} packets before, ${after} in all`);
    assert.deepEqual(discord.findings, []);
  });
});

/** A fake engine that has all of the sound at once, and ends only when it is let go. */
function withSlowFile() {
  const engine = fakeEngine();
  const free = Promise.withResolvers<void>();
  const slow: typeof engine = {
    ...engine,
    generate(request, options) {
      const generation = engine.generate(request, options);
      return {
        listen: (until) => generation.listen(until),
        async *[Symbol.asyncIterator]() {
          for await (const event of generation) {
            if (event.type === "done") await free.promise;
            yield event;
          }
        },
      };
    },
  };
  return { engine: slow, letGo: free.resolve };
}
