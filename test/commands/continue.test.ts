/** /continue, the message menu and the button: a clip goes on from its own codes, and only where it was made. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { aFakeTown, clipIdIn, hasSong, linkTo } from "../e2e/support.ts";
import { codeAt } from "../fakes/engine.ts";

/** A town with a clip of 3 seconds and seed 5, posted in #general. */
async function aTownWithClip(t: TestContext) {
  const town = await aFakeTown(t);
  const asked = await town.discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 3, seed: 5 });
  await asked.reply(hasSong);
  return { ...town, clip: asked.message()! }; // it has a reply now
}

/** All codes of the clip, as the fake engine makes them: 100, 25 and 10 a second. */
const clipCodes = [300, 75, 30].map((count, level) =>
  Uint16Array.from({ length: count }, (_, index) => codeAt(5, level, index)),
);

test("a clip is continued from its codes, by its link", async (t) => {
  const { discord, engine, guild, clip } = await aTownWithClip(t);
  const asked = await discord.slash("ben", "general", "continue", { clip: linkTo(guild, clip), seconds: 2 });
  const longer = await asked.reply(hasSong);
  const { request } = engine.requests[1]!;
  assert.deepEqual(request.prompt, clipCodes);
  assert.equal(request.seconds, 5);
  assert.equal(request.labels.totalSeconds, 5);
  assert.notEqual(clipIdIn(longer), clipIdIn(clip));

  await (await discord.slash("ben", "general", "continue", { clip: clipIdIn(longer), seconds: 1 })).reply(hasSong);
  const prompt = engine.requests[2]!.request.prompt!;
  assert.deepEqual(
    prompt.map(({ length }) => length),
    [500, 125, 50],
  );
  assert.deepEqual(
    prompt.map((codes, level) => codes.subarray(0, clipCodes[level]!.length)),
    clipCodes,
  );
  assert.deepEqual(discord.findings, []);
});

test("without a link the channel's newest clip is continued", async (t) => {
  const { discord, engine } = await aTownWithClip(t);
  await (await discord.slash("ada", "general", "jukebox", { genre: "rock", seconds: 2, seed: 6 })).reply(hasSong);
  await (await discord.slash("ada", "general", "continue", {})).reply(hasSong);
  assert.equal(engine.requests[2]?.request.prompt?.[0]?.length, 200);
  assert.equal(engine.requests[2]?.request.seconds, 12);
  const elsewhere = await discord.slash("ada", "other", "continue", {});
  assert.match((await elsewhere.reply()).content, /no clip in this channel yet/);
});

test("the menu of a message and the button under a clip continue it", async (t) => {
  const { discord, engine, clip } = await aTownWithClip(t);
  await (await discord.contextMenu("ben", "general", "Continue this clip", clip)).reply(hasSong);
  await (await discord.button("cy", clip, `continue:${clipIdIn(clip)}`)).reply(hasSong);
  assert.deepEqual(engine.requests[1]?.request.prompt, clipCodes);
  assert.deepEqual(engine.requests[2]?.request.prompt, clipCodes);
  assert.deepEqual(discord.findings, []);
});

test("a message that is no clip is refused in words", async (t) => {
  const { discord, engine, guild } = await aTownWithClip(t);
  const words = discord.say("ben", "general", "la la la");
  const link = await discord.slash("ada", "general", "continue", { clip: linkTo(guild, words) });
  assert.match((await link.reply()).content, /That message isn't one of my clips/);
  const menu = await discord.contextMenu("ada", "general", "Continue this clip", words);
  assert.match((await menu.reply()).content, /nor does it have a sound file/);
  const text = await discord.slash("ada", "general", "continue", { clip: "my favourite one" });
  assert.match((await text.reply()).content, /I don't understand which clip you mean/);
  assert.equal(engine.requests.length, 1);
});

test("a clip of another server is refused, by link and by id", async (t) => {
  const { discord, engine, guild, clip } = await aTownWithClip(t);
  const away = discord.addGuild({ name: "Away", text: ["lobby"], users: ["dee"] });
  const lobby = discord.channel("lobby", away);
  const byLink = await discord.slash("dee", lobby, "continue", { clip: linkTo(guild, clip) });
  assert.match((await byLink.reply()).content, /in another server/);
  const forged = linkTo(away, clip); // the right message under the wrong server
  assert.match(
    (await (await discord.slash("dee", lobby, "continue", { clip: forged })).reply()).content,
    /isn't one of my clips/,
  );
  const byId = await discord.slash("dee", lobby, "continue", { clip: clipIdIn(clip) });
  assert.match((await byId.reply()).content, /There is no clip/);
  assert.match((await (await discord.slash("dee", lobby, "continue", {})).reply()).content, /no clip in this channel/);
  assert.equal(engine.requests.length, 1);
});

test("a deleted clip is refused, and forgotten", async (t) => {
  const { discord, engine, guild, clip } = await aTownWithClip(t);
  discord.deleteMessage(clip);
  const asked = await discord.slash("ada", "general", "continue", { clip: linkTo(guild, clip) });
  assert.match((await asked.reply()).content, /That message has been deleted/);
  const again = await discord.slash("ada", "general", "continue", { clip: clipIdIn(clip) });
  assert.match((await again.reply()).content, /That clip has expired/);
  assert.equal(engine.requests.length, 1);
});

test("a clip can't grow beyond what the model can do", async (t) => {
  const { discord, engine, clip } = await aTownWithClip(t);
  const much = await discord.slash("ada", "general", "continue", { clip: clipIdIn(clip), seconds: 58 });
  assert.match((await much.reply()).content, /can be 57 at most/);
  assert.equal(engine.requests.length, 1);
});

test("another model neither continues a clip nor goes on with a song that waited", async (t) => {
  const { discord, bot, startBot, engine, clip } = await aTownWithClip(t);
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  await asked.reply();
  await bot.stop();
  await startBot({}, { ...engine, model: { ...engine.model, name: "another" } });
  await asked.reply(({ content }) => content.includes("I run another model now"));
  const refused = await discord.slash("ada", "general", "continue", { clip: clipIdIn(clip) });
  assert.match((await refused.reply()).content, /made with another model/);
});
