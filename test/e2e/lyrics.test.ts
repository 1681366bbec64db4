/** A song with words, over the loopback Discord, by a model that attends to known places: the line being sung, and the files. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { decode } from "fast-png";
import { runHousekeeping } from "../../src/bot/songs/housekeeping.ts";
import type { Engine } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { writeModelFolder } from "../../src/model/folder.ts";
import { openStore } from "../../src/store/store.ts";
import type { Message } from "../loopback/message.ts";
import { attentiveConfig, attentiveStore, text } from "../support/attentive.ts";
import { temporaryFolder } from "../support/folder.ts";
import { aTown, clipIdIn, hasSong } from "./support.ts";

const patient = { timeout: 120_000 };
let engine: Engine;

before(async (t) => {
  const model = join(temporaryFolder(t as TestContext), "attentive");
  await writeModelFolder(model, attentiveConfig("separate"), attentiveStore("separate"));
  engine = await openEngine(model);
});

after(() => engine.close());

const options = { lyrics: text.replaceAll("\n", " / "), seconds: 7, of: 15, seed: 1 };

const file = (message: Message, ending: string): string => {
  const found = message.attachments.find(({ filename }) => filename.endsWith(ending));
  assert.ok(found, `no ${ending}`);
  return Buffer.from(found.bytes).toString("utf8");
};

test("the status message shows the line that is heard, and the song comes with LRC, WebVTT and a picture", async (t) => {
  const town = await aTown(t, { engine });
  const { discord, guild } = town;
  discord.addListener(guild, "Music", "ada");
  const asked = await discord.slash("ada", "general", "jukebox", options);
  const seen = ["♪ The quick BROWN", "♪ FX jmps"].map((line) =>
    asked.reply(({ content }) => content.includes(line), patient),
  );
  for (const shown of seen) assert.doesNotMatch((await shown).content.split("♪").at(-1)!, /vLAZY/);
  const posted = await asked.reply(hasSong, patient);
  assert.deepEqual(
    posted.attachments.map(({ filename }) => filename.replace(/^jazz-[0-9a-f]{8}/, "song")),
    ["song.ogg", "waveform.png", "song.lrc", "song.vtt", "song-lyrics.png"],
  );
  assert.match(
    file(posted, ".lrc"),
    /^\[ti:jazz[^\n]*\n\[ar:The Copper Owls\]\n\[length:00:07\]\n\[00:00\.72\]The quick BROWN\n/,
  );
  assert.match(
    file(posted, ".vtt"),
    /^WEBVTT\n\n00:00:00\.7\d\d --> 00:00:04\.\d{3}\nThe <[\d:.]+>quick <[\d:.]+>BROWN\n/,
  );
  assert.equal(decode(posted.attachments.at(-1)!.bytes).width, 1200);
  await discord.botInVoice(guild, null, patient);
  const last = await asked.reply((message) => hasSong(message) && !message.content.includes("♪"), patient);
  assert.equal(last.attachments.length, 5);
  assert.deepEqual(discord.findings, []);

  const songs = join(town.config.data, "songs");
  const id = clipIdIn(posted);
  assert.deepEqual(
    readdirSync(songs).sort(),
    [".lrc", ".ogg", ".png", ".vtt"].map((ending) => id + ending),
  );
  const store = openStore(join(town.config.data, "jukebox.db"));
  const stop = new AbortController();
  const chores = {
    store,
    replies: { post: () => assert.fail("it was posted"), recordPosted: () => undefined },
    jobs: () => [],
    clipLimits: { maxAgeMs: 0, maxBytes: 0 },
  };
  const keeping = runHousekeeping(chores as never, 1000, stop.signal);
  while (existsSync(join(songs, `${id}.png`))) await new Promise((go) => setTimeout(go, 20));
  stop.abort();
  await keeping;
  store.close();
  assert.deepEqual(readdirSync(songs), []);
});

test("where nobody listens, the status message shows the line that is being made", async (t) => {
  const { discord } = await aTown(t, { engine });
  const asked = await discord.slash("cy", "general", "jukebox", options);
  const shown = asked.reply(({ content }) => content.includes("♪ "), patient);
  await asked.reply(hasSong, patient);
  await shown;
});
