/** Damage of the store that shows while the bot runs: commands are answered, songs end in words, and the bot goes on. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { aFakeTown, clipIdIn, hasSong } from "./support.ts";

test("a damaged clip is told to who asks for it, and other songs come as ever", async (t) => {
  const { discord, config } = await aFakeTown(t);
  const id = clipIdIn(await (await discord.slash("ada", "general", "jukebox", { seconds: 2 })).reply(hasSong));
  const database = new DatabaseSync(join(config.data, "jukebox.db"));
  database.prepare("UPDATE clips SET request = '{' WHERE id = ?").run(id);
  database.close();
  const asked = await discord.slash("ada", "general", "continue", { clip: id });
  await asked.reply(({ content }) => content.startsWith("My record of this is damaged."));
  await (await discord.slash("ben", "general", "jukebox", { seconds: 2 })).reply(hasSong);
  assert.deepEqual(discord.findings, []);
});

test("a job that the store damages while it is made ends in words, and the next one is made", async (t) => {
  const { discord, config, engine } = await aFakeTown(t);
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  const next = await discord.slash("ben", "general", "jukebox", { seconds: 2 });
  await next.reply();
  const database = new DatabaseSync(join(config.data, "jukebox.db"));
  database.prepare("UPDATE jobs SET request = '{' WHERE id = ?").run(clipIdIn(await asked.reply()));
  database.close();
  hold.letGo();
  await asked.reply(({ content }) => content.includes("My record of this is damaged."));
  await next.reply(hasSong);
  assert.deepEqual(discord.findings, []);
});
