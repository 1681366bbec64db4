/** Candidates as people live through them, with a real model: listened to as files, and the one that is picked heard live. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "../../src/store/store.ts";
import { buttonsOf } from "../loopback/message.ts";
import { loudness } from "../loopback/tone.ts";
import { readOgg } from "../support/ogg.ts";
import { aTown, clipIdIn, hasSong, songIn } from "./support.ts";

const patient = { timeout: 240_000 };

test("the candidate that is picked is heard in voice and posted, with the very codes it was picked for", async (t) => {
  const { discord, guild, engine, config } = await aTown(t);
  const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3, seed: 1, top_p: 0.95, candidates: 2 });
  await asked.reply(hasSong, patient);
  const posted = asked.message()!; // it has a reply now
  assert.equal(ada.stats.decrypted, 0, "candidates are not played");
  const picked = await discord.button("ada", posted, buttonsOf(posted)[1]!.customId);
  const song = await picked.reply(hasSong, patient);
  await discord.botInVoice(guild, null, patient);
  assert.ok(ada.stats.decrypted > 100 && loudness(ada.pcm()) > 0.003);

  const store = openStore(join(config.data, "jukebox.db"));
  t.after(() => store.close());
  const [first, second] = [1, 2].map((number) => store.codes.of(`${clipIdIn(posted)}.${number}`).at(-1)!);
  const codes = store.codes.of(clipIdIn(song));
  assert.deepEqual(
    codes.map(({ length }) => length),
    engine.codesIn(3),
  );
  assert.deepEqual(codes.at(-1), second);
  assert.notDeepEqual(first, second);
  const file = readOgg(songIn(song)!.bytes);
  assert.deepEqual([file.tags.get("SEED"), file.tags.get("TOP_P")], ["2", "0.95"]);
  assert.deepEqual(discord.findings, []);
});
