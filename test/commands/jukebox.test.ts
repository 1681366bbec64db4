/** /jukebox over the loopback Discord: what is asked, refused, offered, and how the song comes back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readOgg } from "../../src/audio/ogg.ts";
import { aFakeTown, hasSong, songIn } from "../e2e/support.ts";

test("a song is made and posted in the reply, with its picture and its tags", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const asked = await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 4, seed: 7 });
  const reply = await asked.reply(hasSong);
  assert.ok((await asked.deferred()) < 500);
  assert.deepEqual(
    reply.attachments.map(({ contentType }) => contentType),
    ["audio/ogg", "image/png"],
  );
  const song = readOgg(songIn(reply)!.bytes);
  assert.equal(song.samples, 4 * 48_000);
  assert.equal(song.tags.get("SEED"), "7");
  assert.equal(song.tags.get("GENRE"), "jazz");
  assert.deepEqual(engine.requests[0]?.request.labels, { artist: 1, genres: [1], totalSeconds: 4 });
  assert.equal(engine.requests[0]?.options.live, undefined, "nobody listens");
  assert.deepEqual(discord.findings, []);
});
