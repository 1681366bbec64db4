/** A store that an earlier version wrote: its jobs are made, and its clips go on. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { anEarlierRequest } from "../fakes/request.ts";
import { aFakeTown, hasSong } from "./support.ts";

test("a job of the time when labels stood in the store, one set for all levels, is made all the same", async (t) => {
  const { discord, guild, config, engine, bot, startBot } = await aFakeTown(t);
  await bot.stop();
  const place = {
    guildId: guild.id,
    channelId: discord.channel("general").id,
    userId: discord.user("ada").id,
    tokenEndsAt: 0,
  };
  const database = new DatabaseSync(join(config.data, "jukebox.db"));
  database.prepare("INSERT INTO jobs (id, request) VALUES (?, ?)").run("0ld50n65", anEarlierRequest(place));
  database.exec("PRAGMA user_version = 1");
  database.close();

  await startBot();
  await discord.nextMessage("general", hasSong);
  const levels = [0, 1, 2].map(() => ({ artist: 1, genres: [1] }));
  assert.deepEqual(engine.requests[0]?.request.labels, { levels, totalSeconds: 4 });

  await (await discord.slash("ben", "general", "continue", { seconds: 2 })).reply(hasSong);
  assert.deepEqual(engine.requests[1]?.request.labels, { levels, totalSeconds: 6 });
  assert.deepEqual(discord.findings, []);
});
