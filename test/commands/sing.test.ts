/** Lyrics from the chat: in a line, in a form, and from a message. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fromIds } from "../../src/lyrics/characters.ts";
import { aFakeTown, aTown, hasSong, songIn } from "../e2e/support.ts";
import { fakeEngine } from "../fakes/engine.ts";
import { readOgg } from "../support/ogg.ts";

/** A town whose model sings short songs, so that one of the usual length is soon there. */
async function aSingingTown(t: TestContext) {
  const engine = fakeEngine({ lyrics: "v3", maxSeconds: 8 });
  const town = await aTown(t, { engine });
  /** What the engine was told to sing, of its newest song. */
  const sung = () => fromIds(engine.requests.at(-1)?.request.labels.lyrics ?? [], "v3");
  return { ...town, engine, sung };
}

test("/jukebox sings the lyrics it is told, line by line, and the file has them", async (t) => {
  const { discord, engine, sung } = await aSingingTown(t);
  const options = { lyrics: "Là là / “two”\\nthree", seconds: 3, of: 30 };
  const reply = await (await discord.slash("ada", "general", "jukebox", options)).reply(hasSong);
  assert.equal(sung(), 'La la\n"two"\nthree');
  assert.deepEqual([engine.requests[0]?.request.labels.totalSeconds, engine.requests[0]?.request.seconds], [30, 3]);
  const { tags } = readOgg(songIn(reply)!.bytes);
  assert.deepEqual([tags.get("LYRICS"), tags.get("OF")], ["Là là\n“two”\nthree", "30"]);
  assert.deepEqual(discord.findings, []);
});

test("a continued clip goes on singing, and its song grows only when it must", async (t) => {
  const { discord, engine, sung } = await aSingingTown(t);
  await (await discord.slash("ada", "general", "jukebox", { lyrics: "la", seconds: 3, of: 6 })).reply(hasSong);
  await (await discord.slash("ada", "general", "continue", { seconds: 2 })).reply(hasSong);
  await (await discord.slash("ada", "general", "continue", { seconds: 2 })).reply(hasSong);
  assert.deepEqual(
    engine.requests.map(({ request }) => [request.seconds, request.labels.totalSeconds]),
    [
      [3, 6],
      [5, 6],
      [7, 7],
    ],
  );
  assert.equal(sung(), "la");
});

test("/sing opens a form, and what is filled in is sung", async (t) => {
  const { discord, sung } = await aSingingTown(t);
  const asked = await discord.slash("ada", "general", "sing", {});
  await asked.modal();
  const filled = await discord.modal("ada", asked, { lyrics: "One\n  two\n\nthree", genre: "Jazz", seconds: "3" });
  const reply = await filled.reply(hasSong);
  assert.match(reply.content, /jazz by Ada, 3 s/);
  assert.equal(sung(), "One\ntwo\n\nthree");
  assert.deepEqual(discord.findings, []);
});

test("what is wrong in a form is told in words", async (t) => {
  const { discord, engine } = await aSingingTown(t);
  const asked = await discord.slash("ada", "general", "sing", {});
  await asked.modal();
  const told = async (values: Record<string, string>) =>
    (await (await discord.modal("ada", asked, { lyrics: "la", ...values })).reply()).content;
  assert.match(await told({ genre: "jaz" }), /I don't know the genre "jaz"/);
  assert.match(await told({ seconds: "long" }), /“Seconds” must be a whole number, not "long"/);
  assert.match(await told({ lyrics: "♪♫" }), /There is nothing to sing/);
  assert.equal(engine.requests.length, 0);
  assert.deepEqual(discord.findings, []);
});

test("a message is sung, without Discord's marks, and nobody in it is called", async (t) => {
  const { discord, guild, sung } = await aSingingTown(t);
  const ben = [...guild.members.values()].find(({ user }) => user.username === "ben")!.user;
  const said = discord.say("ben", "general", `# Hello <@${ben.id}> @everyone\n> to **you** <:wave:123456789012345678>`);
  const asked = await discord.contextMenu("ada", "general", "Sing this message", said);
  const reply = await asked.reply(hasSong);
  assert.equal(sung(), "Hello\nto you");
  assert.ok(!reply.content.includes("@everyone"));
  for (const { body } of discord.requests.filter(({ path }) => path.includes("/messages")))
    assert.deepEqual((body as { allowed_mentions?: { parse?: unknown } }).allowed_mentions?.parse, []);
  const silent = discord.say("ben", "general", "<:wave:123456789012345678>");
  const refused = await discord.contextMenu("ada", "general", "Sing this message", silent);
  assert.match((await refused.reply()).content, /There is nothing to sing in these lyrics.*Not sung: emoji/);
  const warned = discord.say("ben", "general", "[Verse 1]\nla la ||secret|| https://example.com\nПривет");
  const shown = await (await discord.contextMenu("ada", "general", "Sing this message", warned)).reply();
  assert.match(shown.content, /Not sung: spoilers, section names and links\./);
  assert.match(shown.content, /Cyrillic is sung in transliteration, such as “Privet”/);
  assert.deepEqual(discord.findings, []);
});

test("a model that doesn't sing says so, on every road", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const said = discord.say("ben", "general", "la la");
  const roads = [
    await discord.slash("ada", "general", "jukebox", { lyrics: "la" }),
    await discord.slash("ada", "general", "sing", {}),
    await discord.contextMenu("ada", "general", "Sing this message", said),
  ];
  for (const asked of roads) assert.match((await asked.reply()).content, /^This model doesn't sing/);
  assert.ok(roads[1]?.ephemeral);
  assert.equal(engine.requests.length, 0);
  assert.deepEqual(discord.findings, []);
});
