/** A bot in a process of its own against the double: trust in its certificate, start, end and sudden death. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { LoopbackDiscord } from "./loopback.ts";
import { loudestTone } from "./tone.ts";

async function start(t: TestContext, script: string) {
  const discord = await LoopbackDiscord.start();
  t.after(() => discord.stop());
  const guild = discord.addGuild();
  const env = { ...process.env, ...discord.environment() };
  const child = spawn(process.execPath, [new URL(script, import.meta.url).pathname], { env, stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  return { discord, guild, child, exit: exitOf(child) };
}

const exitOf = async (child: ChildProcess): Promise<unknown> => (await once(child, "exit"))[0];

describe("a bot in its own process", () => {
  it("trusts the voice server, is heard, and leaves when told to end", { timeout: 20_000 }, async (t) => {
    const { discord, guild, child, exit } = await start(t, "child.ts");
    const listener = discord.addListener(guild, "Music", "ada");
    await listener.hears(0.5, { timeout: 15_000 });
    assert.equal(loudestTone(listener.pcm(), [440, 554]), 440);
    child.kill("SIGTERM");
    assert.equal(await exit, 0);
    await discord.botInVoice(guild, null);
    assert.deepEqual(discord.findings, []);
  });

  it("dies of damaged proposals unless it guards against them", { timeout: 20_000 }, async (t) => {
    const { discord, guild, exit } = await start(t, "child.ts");
    await discord.voice(guild).ready({ timeout: 15_000 });
    discord.voiceFault("corruptProposals");
    discord.addListener(guild, "Music", "ada");
    assert.equal(await exit, 1);
  });

  it("which drives a double ends by itself once both are stopped", { timeout: 20_000 }, async (t) => {
    const { exit } = await start(t, "lifetime.ts");
    assert.equal(await exit, 0);
  });
});
