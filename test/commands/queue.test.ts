/** /queue, /cancel and /stop over the loopback Discord: who sees what, and who may end what. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PermissionFlagsBits } from "discord.js";
import { aFakeTown, clipIdIn, hasSong } from "../e2e/support.ts";

/** A town where ada's song is being made and ben's and cy's wait. */
async function aBusyTown(t: TestContext) {
  const town = await aFakeTown(t);
  const hold = town.engine.holdAt(1);
  const asked = [];
  for (const user of ["ada", "ben", "cy"]) {
    asked.push(await town.discord.slash(user, "general", "jukebox", { genre: "jazz", seconds: 3 }));
    if (user === "ada") await hold.reached;
  }
  const ids: string[] = [];
  for (const one of asked) ids.push(clipIdIn(await one.reply()));
  return { ...town, hold, asked, ids };
}

test("/queue shows this server's songs, to the one who asks", async (t) => {
  const { discord, ids, hold } = await aBusyTown(t);
  const shown = await discord.slash("cy", "general", "queue", {});
  const { content } = await shown.reply();
  assert.ok(shown.ephemeral);
  assert.deepEqual(
    [...content.matchAll(/`([0-9a-f]{8})`/g)].map(([, id]) => id),
    ids,
  );
  assert.match(content, /generating, \d+ % \(rough to fine: .*\)\n.*1 song ahead\n.*2 songs ahead/);

  const away = discord.addGuild({ name: "Away", text: ["lobby"], users: ["dee"] });
  const elsewhere = await discord.slash("dee", discord.channel("lobby", away), "queue", {});
  assert.match((await elsewhere.reply()).content, /No song is being generated here/);
  hold.letGo();
  assert.deepEqual(discord.findings, []);
});

test("cancelling a waiting song moves the others up", async (t) => {
  const { discord, asked, hold, engine } = await aBusyTown(t);
  const said = await (await discord.slash("ben", "general", "cancel", {})).reply();
  assert.match(said.content, /^Cancelled \*\*jazz/);
  await asked[1]!.reply(({ content }) => content.includes("Cancelled."));
  await asked[2]!.reply(({ content }) => content.includes("1 song ahead"));
  hold.letGo();
  await asked[2]!.reply(hasSong);
  assert.equal(engine.requests.length, 2, "the cancelled song was never begun");
  assert.deepEqual(discord.findings, []);
});

test("cancelling the song being made begins the next, and leaves no file", async (t) => {
  const { discord, asked, ids } = await aBusyTown(t);
  await (await discord.slash("ada", "general", "cancel", { id: ids[0]! })).reply();
  await asked[0]!.reply(({ content }) => content.includes("Cancelled."));
  for (const later of asked.slice(1)) await later.reply(hasSong);
  assert.equal(asked[0]!.versions.some(hasSong), false);
  assert.deepEqual(discord.findings, []);
});

test("someone else's song is cancelled by moderators only", async (t) => {
  const { discord, asked, ids, hold } = await aBusyTown(t);
  const stranger = await discord.slash("cy", "general", "cancel", { id: ids[1]! });
  assert.match((await stranger.reply()).content, /Only they or a moderator/);
  discord.permit("general", { of: discord.user("cy").id, allow: PermissionFlagsBits.ManageMessages });
  const offered = await discord.autocomplete("cy", "general", "cancel", { option: "id", value: "" });
  assert.deepEqual(
    offered.map(({ value }) => value),
    ids,
  );
  await (await discord.slash("cy", "general", "cancel", { id: ids[1]! })).reply(({ content }) =>
    /^Cancelled/.test(content),
  );
  await asked[1]!.reply(({ content }) => content.includes("Cancelled."));
  hold.letGo();
});

test("cancelling what is not there is refused in words", async (t) => {
  const { discord } = await aFakeTown(t);
  assert.match((await (await discord.slash("ada", "general", "cancel", {})).reply()).content, /You have no song/);
  const unknown = await discord.slash("ada", "general", "cancel", { id: "*x*" });
  assert.match((await unknown.reply()).content, /There is no song \\\*x\\\* in the queue/);
  assert.match(
    (await (await discord.slash("ada", "general", "stop", {})).reply()).content,
    /Nothing is playing in this server/,
  );
});

test("/stop ends the song being made, for its owner but not for a stranger", async (t) => {
  const { discord, asked, hold } = await aBusyTown(t);
  const stranger = await discord.slash("cy", "general", "stop", {});
  assert.match((await stranger.reply()).content, /Only someone who is listening/);
  await (await discord.slash("ada", "general", "stop", {})).reply(({ content }) => content === "Stopped.");
  await asked[0]!.reply(({ content }) => content.includes("Cancelled."));
  hold.letGo();
  for (const later of asked.slice(1)) await later.reply(hasSong);
});
