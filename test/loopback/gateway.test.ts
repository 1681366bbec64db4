/** The main gateway of the double: who is let in, and who is thrown out. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { WebSocket } from "ws";
import { startClient } from "./client.ts";
import { LoopbackDiscord } from "./loopback.ts";

async function started(t: TestContext): Promise<LoopbackDiscord> {
  const discord = await LoopbackDiscord.start();
  t.after(() => discord.stop());
  return discord;
}

describe("the main gateway", () => {
  it("closes 4014 for an intent that is not switched on", async (t) => {
    const discord = await started(t);
    await assert.rejects(startClient(discord, { intents: [1, 1 << 15] }), /disallowed intents/i);
    assert.equal(discord.takeFindings("disallowed-intents").length, 1);
  });

  it("refuses a wrong token", async (t) => {
    const discord = await started(t);
    await assert.rejects(startClient(discord, { token: "wrong" }), /token/i);
    assert.equal(discord.gateway.identifies.length, 0);
  });

  it("throws out who sends more than 120 frames in a minute, or speaks before it identified", async (t) => {
    const discord = await started(t);
    const url = discord.api.replace("http", "ws").replace("/api", "");
    const chatty = new WebSocket(url);
    await once(chatty, "open");
    for (let n = 0; n < 121; n++) chatty.send(JSON.stringify({ op: 1, d: null }));
    assert.equal((await once(chatty, "close"))[0], 4008);
    assert.equal(discord.takeFindings("send-limit").length, 1);
    const hasty = new WebSocket(url);
    await once(hasty, "open");
    hasty.send(JSON.stringify({ op: 4, d: {} }));
    assert.equal((await once(hasty, "close"))[0], 4003);
  });
});
