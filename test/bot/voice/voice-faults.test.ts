/** Voice connections that break, in the ways Discord and the voice library know: the song goes on, or is posted. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { PermissionFlagsBits } from "discord.js";
import { aFakeTown, hasSong, type TownPlan } from "../../e2e/support.ts";
import { toneOf } from "../../fakes/engine.ts";
import type { LoopbackDiscord } from "../../loopback/loopback.ts";
import { loudestTone } from "../../loopback/tone.ts";
import type { Guild } from "../../loopback/world.ts";

const patient = { timeout: 30_000 };
const usualSeconds = 4;
const tones = [0, 1, 2, 3].map(toneOf);

interface Disturbance {
  readonly plan?: TownPlan;
  readonly seconds?: number;
  /** Before the bot joins. */
  readonly before?: (discord: LoopbackDiscord, guild: Guild) => void;
  /** Once the song is heard. */
  readonly during?: (discord: LoopbackDiscord, guild: Guild) => void;
}

/** A song with something going wrong; what ada heard, and the line it came through. */
async function disturbed(t: TestContext, { plan = {}, seconds = usualSeconds, before, during }: Disturbance) {
  const { discord, guild } = await aFakeTown(t, plan);
  const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
  before?.(discord, guild);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds, seed: 1 });
  await ada.hears(0.5, patient);
  during?.(discord, guild);
  await ada.hears(seconds - 1.5, patient);
  await asked.reply(hasSong, patient);
  await discord.botInVoice(guild, null, patient);
  assert.equal(loudestTone(ada.pcm(), tones), toneOf(1));
  t.diagnostic(JSON.stringify(ada.stats));
  return { discord, guild, heard: ada.stats, line: discord.voice(guild), asked };
}

const joinsOf = (discord: LoopbackDiscord) => discord.gateway.op4.filter(({ channelId }) => channelId !== null).length;

// Most of the time is spent listening, so several listen at once.
describe("a voice connection that breaks", { concurrency: 4 }, () => {
  for (const [name, disturb] of [
    ["the voice gateway asks for a resume", (discord, guild) => discord.voice(guild).close(4015)],
    ["the voice gateway is cut", (discord, guild) => discord.voice(guild).terminate()],
    ["the main gateway is cut", (discord) => discord.gateway.terminate()],
    ["the main gateway asks to reconnect", (discord) => discord.gateway.reconnect()],
  ] satisfies [string, Disturbance["during"]][])
    it(`at most one frame is lost when ${name}`, async (t) => {
      const { discord, heard } = await disturbed(t, { during: disturb });
      assert.ok(heard.decrypted >= usualSeconds * 50 - 1, `${heard.decrypted} frames`); // one may be under way
      assert.equal(joinsOf(discord), 1);
      assert.deepEqual(discord.findings, []);
    });

  it("after 4006 the bot is back at once", async (t) => {
    const { discord, heard, line } = await disturbed(t, { during: (there, guild) => there.voice(guild).close(4006) });
    assert.ok(heard.decrypted >= (usualSeconds - 0.5) * 50, `${heard.decrypted} frames`);
    assert.equal(line.sessions.length, 2);
    assert.equal(joinsOf(discord), 2);
  });

  it("a new session of the main gateway takes the bot out of voice, and it comes back", async (t) => {
    // discord.js identifies again five seconds after the first time, no sooner.
    const { discord, heard } = await disturbed(t, { seconds: 9, during: (there) => there.gateway.invalidate() });
    assert.ok(heard.decrypted >= 8 * 50, `${heard.decrypted} frames`);
    assert.equal(discord.gateway.identifies.length, 2);
  });

  it("the song waits while the voice server is away", async (t) => {
    const { heard } = await disturbed(t, {
      during: (discord, guild) => {
        discord.voiceServer(guild, "gone");
        setTimeout(() => discord.voiceServer(guild, "back"), 300);
      },
    });
    assert.ok(heard.decrypted >= (usualSeconds - 1) * 50, `${heard.decrypted} frames`);
  });

  for (const fault of ["silentOp4", "stateOnlyOp4", "dropDiscovery"] as const)
    it(`a join that hangs is tried again (${fault})`, async (t) => {
      const plan = { config: { JOIN_SECONDS: "2" } };
      const { discord, heard } = await disturbed(t, { plan, before: (there) => there.voiceFault(fault) });
      assert.equal(heard.decrypted, usualSeconds * 50);
      assert.equal(joinsOf(discord), 2);
    });

  it("an endpoint where nobody listens is tried again, with a pause", async (t) => {
    const { discord } = await disturbed(t, { before: (there) => there.voiceFault("refusedEndpoint", { times: 2 }) });
    assert.equal(joinsOf(discord), 3);
  });

  it("a song is heard with the one cipher that is always offered", async (t) => {
    const plan = { settings: { modes: ["aead_xchacha20_poly1305_rtpsize"] } };
    const { heard, line } = await disturbed(t, { plan });
    assert.equal(line.mode ?? line.sessions[0]?.mode, "aead_xchacha20_poly1305_rtpsize");
    assert.equal(heard.decrypted, usualSeconds * 50);
  });

  for (const fault of ["corruptProposals", "corruptCommit", "corruptWelcome"] as const)
    it(`a damaged message of the encryption is got over (${fault})`, async (t) => {
      const { discord, heard } = await disturbed(t, {
        plan: { settings: { requireDave: true } },
        before: (there) => there.voiceFault(fault),
      });
      assert.ok(heard.decrypted >= (usualSeconds - 2) * 50, `${heard.decrypted} frames`);
      assert.equal(joinsOf(discord), 1);
    });

  it("on a stage the bot makes itself heard, if it moderates", async (t) => {
    const { discord } = await aFakeTown(t);
    const hall = discord.addGuild({ name: "Hall", text: ["foyer"], stage: ["Podium"], users: ["eve"] });
    discord.permit(discord.channel("Podium", hall), { allow: PermissionFlagsBits.MuteMembers });
    const eve = discord.addListener(hall, "Podium", "eve", { keep: "all" });
    const asked = await discord.slash("eve", discord.channel("foyer", hall), "jukebox", { seconds: 2, seed: 2 });
    await asked.reply(hasSong, patient);
    await discord.botInVoice(hall, null, patient);
    assert.equal(loudestTone(eve.pcm(), tones), toneOf(2));
    assert.deepEqual(discord.findings, []);
  });

  it("on a stage where nobody lets the bot speak, the song is posted", async (t) => {
    const { discord } = await aFakeTown(t, { config: { JOIN_SECONDS: "2" } });
    const hall = discord.addGuild({ name: "Hall", text: ["foyer"], stage: ["Podium"], users: ["eve"] });
    discord.permit(discord.channel("Podium", hall), { allow: PermissionFlagsBits.RequestToSpeak });
    discord.connectUser("eve", discord.channel("Podium", hall), hall);
    const asked = await discord.slash("eve", discord.channel("foyer", hall), "jukebox", { seconds: 2 });
    await asked.reply(({ content }) => content.includes("Nobody let me speak on this stage."));
    await asked.reply(hasSong);
    await discord.botInVoice(hall, null);
    assert.deepEqual(discord.findings, []);
  });
});
