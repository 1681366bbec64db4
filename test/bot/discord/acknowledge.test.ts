/** Answers of Discord's that get lost on the way to the bot: what had its effect counts, and the song comes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { aFakeTown, clipIdIn, hasSong } from "../../e2e/support.ts";

const patient = { timeout: 30_000 };
const callbacks = { method: "POST", path: "/interactions/*/*/callback" } as const;

test("an acknowledgement that arrived although its confirmation was lost counts: the song comes", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  discord.fault({ ...callbacks, drop: true, afterEffect: true });
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 2 });
  await asked.reply(hasSong);
  const second = discord.requests.filter(({ path }) => path.endsWith("/callback"))[1];
  assert.equal(second?.status, 400, "already acknowledged");
  assert.equal(engine.requests.length, 1);
  discord.takeFindings("already-acknowledged"); // which is what this is about
  assert.deepEqual(discord.findings, []);
});

test("so do a button's, a form's and a refusal's", async (t) => {
  const { discord } = await aFakeTown(t);
  const clip = await discord.slash("ada", "general", "jukebox", { seconds: 2 });
  await clip.reply(hasSong);
  const message = clip.message()!; // it has a reply now
  discord.fault({ ...callbacks, drop: true, afterEffect: true });
  await (await discord.button("ben", message, `continue:${clipIdIn(message)}`)).reply(hasSong);
  discord.fault({ ...callbacks, drop: true, afterEffect: true });
  const refused = await discord.slash("ada", "general", "stop", {});
  await refused.reply(({ content }) => content.includes("Nothing is playing"));
  discord.fault({ ...callbacks, drop: true, afterEffect: true });
  const private_ = await discord.slash("ada", "general", "queue", {});
  await private_.reply(({ content }) => content.includes("No song is being generated here"));
  discord.takeFindings("already-acknowledged");
  assert.deepEqual(discord.findings, []);
});

test("an acknowledgement that Discord was too busy to take is sent again, and hangs no longer than need be", async (t) => {
  const { discord } = await aFakeTown(t);
  discord.fault({ ...callbacks, times: 2, status: 503 });
  await (await discord.slash("ada", "general", "jukebox", { seconds: 2 })).reply(hasSong, patient);
  discord.fault({ ...callbacks, delayMs: 10_000, afterEffect: true });
  await (await discord.slash("ada", "general", "jukebox", { seconds: 2 })).reply(hasSong, { timeout: 9500 });
  discord.takeFindings("already-acknowledged");
  assert.deepEqual(discord.findings, []);
});

test("nothing is made of a request that someone else has answered", async (t) => {
  const { discord, guild, engine } = await aFakeTown(t);
  const hold = engine.holdAt(1);
  discord.fault({ ...callbacks, code: 40060 });
  await discord.slash("ada", "general", "jukebox", { seconds: 4 });
  await discord.request({ ...callbacks, status: 400 });
  const next = await discord.slash("ben", "general", "jukebox", { seconds: 2 });
  hold.letGo();
  await next.reply(hasSong);
  assert.equal(discord.channel("general", guild).messages.length, 1);
});

test("an answer that can't be edited for a while is edited later, and is not left thinking", async (t) => {
  const { discord } = await aFakeTown(t);
  discord.fault({ method: "PATCH", path: "/webhooks/*/*/messages/*", times: 2, status: 502 });
  const asked = await discord.slash("ada", "general", "cancel", {});
  await asked.reply(({ content }) => content.includes("You have no song"));
});
