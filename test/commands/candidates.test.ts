/** Candidates over the loopback Discord: posted together, picked by those who may, and gone on with from their codes. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { PermissionFlagsBits } from "discord.js";
import { openStore, type Store } from "../../src/store/store.ts";
import { aFakeTown, clipIdIn, hasSong, type Town, type TownPlan } from "../e2e/support.ts";
import { codeAt } from "../fakes/engine.ts";
import { buttonsOf, type Message } from "../loopback/message.ts";
import { readOgg } from "../support/ogg.ts";

const songsIn = ({ attachments }: Message) => attachments.filter(({ contentType }) => contentType === "audio/ogg");

/** A town where ada asked for candidates of a song of 3 seconds and seed 5, which are posted in #general. */
async function aTownWithCandidates(t: TestContext, candidates = 3, plan: TownPlan = {}) {
  const town = await aFakeTown(t, plan);
  const options = { genre: "jazz", seconds: 3, seed: 5, candidates };
  const asked = await town.discord.slash("ada", "general", "jukebox", options);
  await asked.reply(hasSong);
  const posted = asked.message()!; // it has a reply now
  const id = clipIdIn(posted);
  const isDone = () => openStoreOnce(town, ({ clips }) => clips.find(town.guild.id, { id })?.state === "posted");
  while (!isDone()) await pause(10); // the bot knows it a moment later than we
  return { ...town, asked, posted, id, pickId: (number: number) => `pick:${id}.${number}` };
}

const none = new Uint16Array(0);
/** The coarsest codes of a candidate, as the fake engine makes them: 10 a second. */
const topOf = (number: number, seconds = 3) =>
  Uint16Array.from({ length: seconds * 10 }, (_, index) => codeAt(4 + number, 2, index));

function openStoreOnce<Answer>({ config }: Town, look: (store: Store) => Answer): Answer {
  const store = openStore(join(config.data, "jukebox.db"));
  try {
    return look(store);
  } finally {
    store.close();
  }
}

function storeOf(t: TestContext, { config }: Town) {
  const store = openStore(join(config.data, "jukebox.db"));
  t.after(() => store.close());
  return store;
}

test("candidates are posted in one message, each the coarsest level of a seed of its own", async (t) => {
  const town = await aTownWithCandidates(t, 4);
  const { discord, engine, guild, posted, pickId } = town;
  assert.deepEqual(
    songsIn(posted).map(({ bytes }) => readOgg(bytes).tags.get("SEED")),
    ["5", "6", "7", "8"],
  );
  assert.deepEqual(
    buttonsOf(posted).map(({ label, customId }) => [label, customId]),
    [1, 2, 3, 4].map((number) => [`Pick ${number}`, pickId(number)]),
  );
  assert.match(posted.content, /^\*\*jazz by Ada, 3 s, seed 5\*\* · `[0-9a-f]{8}`\nHere are 4 drafts/);
  for (const [index, { request, options }] of engine.requests.entries()) {
    assert.deepEqual([request.seed, options.finest, options.live], [5 + index, 2, undefined]);
    assert.deepEqual(request.labels, engine.requests[0]!.request.labels);
  }
  assert.equal(discord.voice(guild).stats().packets, 0);
  const store = storeOf(t, town);
  for (const number of [1, 2, 3, 4])
    assert.deepEqual(store.codes.of(`${clipIdIn(posted)}.${number}`), [none, none, topOf(number)]);
  assert.deepEqual(discord.findings, []);
});

test("the one that is picked is made whole from its codes, and a second pick is another song", async (t) => {
  const { discord, engine, posted, pickId } = await aTownWithCandidates(t);
  const first = await (await discord.button("ada", posted, pickId(2))).reply(hasSong);
  const { request, options } = engine.requests[3]!;
  assert.deepEqual(request.prompt, [none, none, topOf(2)]);
  assert.deepEqual([request.seed, request.seconds, options.finest], [6, 3, undefined]);
  assert.equal(songsIn(first).length, 1);
  const { tags } = readOgg(songsIn(first)[0]!.bytes);
  assert.deepEqual([tags.get("SEED"), tags.get("CONTINUES")], ["6", undefined]);

  const second = await (await discord.button("ada", posted, pickId(3))).reply(hasSong);
  assert.deepEqual(engine.requests[4]!.request.prompt, [none, none, topOf(3)]);
  assert.equal(new Set([posted, first, second].map(clipIdIn)).size, 3);
  assert.equal(posted.deleted, false);
  assert.deepEqual(discord.findings, []);
});

test("someone else's candidates are picked by moderators only", async (t) => {
  const { discord, engine, posted, pickId } = await aTownWithCandidates(t);
  const stranger = await discord.button("ben", posted, pickId(1));
  assert.match((await stranger.reply()).content, /someone else's drafts\. Only they or a moderator can pick one\./);
  assert.equal(engine.requests.length, 3);
  discord.permit("general", { of: discord.user("ben").id, allow: PermissionFlagsBits.ManageMessages });
  await (await discord.button("ben", posted, pickId(1))).reply(hasSong);
  assert.deepEqual(engine.requests[3]!.request.prompt, [none, none, topOf(1)]);
  assert.deepEqual(discord.findings, []);
});

test("candidates can be picked after a restart, and not once they are too old", async (t) => {
  const { discord, engine, bot, config, startBot, posted, pickId, id } = await aTownWithCandidates(t);
  await bot.stop();
  const again = await startBot();
  const song = await (await discord.button("ada", posted, pickId(2))).reply(hasSong);
  assert.deepEqual(engine.requests[3]!.request.prompt, [none, none, topOf(2)]);
  assert.deepEqual(readdirSync(join(config.data, "songs")).sort(), [id, `${clipIdIn(song)}.ogg`].sort());

  await again.stop();
  await startBot({ clipLimits: { maxAgeMs: 0, maxBytes: 1e9 } });
  const refused = await discord.button("ada", posted, pickId(2));
  assert.match((await refused.reply()).content, /That clip has expired/);
  while (existsSync(join(config.data, "songs", id))) await pause(10); // the files go after their rows in the store
  const store = openStore(join(config.data, "jukebox.db"));
  t.after(() => store.close());
  for (const number of [1, 2, 3]) assert.deepEqual(store.codes.of(`${id}.${number}`), []);
});

test("candidates that a restart interrupts go on from the codes there are", async (t) => {
  const { discord, engine, bot, startBot } = await aFakeTown(t);
  const hold = engine.holdAt(2); // of the first one: the others wait behind it
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 4, seed: 5, candidates: 2 });
  await hold.reached;
  await asked.reply(({ content }) => /Generating drafts, 0 of 2 finished\n`█{5}░{15}` 25 %/.test(content));
  await bot.stop();
  await startBot();
  const posted = await asked.reply(hasSong);
  assert.equal(songsIn(posted).length, 2);
  assert.deepEqual(engine.requests[2]?.options.known, [none, none, topOf(1, 2)]);
  assert.equal(engine.requests[3]?.options.known, undefined);
  assert.deepEqual(discord.findings, []);
});

test("cancelled candidates leave no files and no codes", async (t) => {
  const town = await aFakeTown(t);
  const { discord, engine, config } = town;
  const hold = engine.holdAt(2);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 4, candidates: 2 });
  await hold.reached;
  const id = clipIdIn(await asked.reply());
  await discord.slash("ada", "general", "cancel", {});
  await asked.reply(({ content }) => content.includes("Cancelled."));
  assert.deepEqual(readdirSync(join(config.data, "songs")), []);
  assert.deepEqual(storeOf(t, town).codes.of(`${id}.1`), []);
});

test("candidates are no song: /continue says so, or looks for the song before them", async (t) => {
  const { discord, engine, posted, id } = await aTownWithCandidates(t);
  const menu = await discord.contextMenu("ada", "general", "Continue this clip", posted);
  assert.match((await menu.reply()).content, /Those are drafts\. Pick one of them first/);
  const byId = await discord.slash("ada", "general", "continue", { clip: id });
  assert.match((await byId.reply()).content, /Pick one of them first/);
  const newest = await discord.slash("ada", "general", "continue", {});
  assert.match((await newest.reply()).content, /There is no clip in this channel yet/);
  assert.equal(engine.requests.length, 3);
});

test("a clip goes on by the candidate that is picked: its own codes stay at every level", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  await (await discord.slash("ada", "general", "jukebox", { seconds: 3, seed: 5, top_p: 0.9 })).reply(hasSong);
  const clip = [300, 75, 30].map((count, level) =>
    Uint16Array.from({ length: count }, (_, index) => codeAt(5, level, index)),
  );
  const asked = await discord.slash("ada", "general", "continue", { seconds: 2, candidates: 2 });
  await asked.reply(hasSong);
  const [, first, second] = engine.requests;
  assert.deepEqual([first!.request.prompt, second!.request.prompt], [clip, clip]);
  assert.deepEqual([second!.request.seed - first!.request.seed, second!.request.seconds], [1, 5]);
  const posted = asked.message()!; // it has a reply now
  const whole = await (await discord.button("ada", posted, `pick:${clipIdIn(posted)}.2`)).reply(hasSong);
  const { request } = engine.requests[3]!;
  assert.deepEqual(request.prompt!.slice(0, 2), clip.slice(0, 2));
  const make = (_: unknown, index: number) => codeAt(second!.request.seed, 2, 30 + index);
  assert.deepEqual(request.prompt![2], Uint16Array.from([...clip[2]!, ...Array.from({ length: 20 }, make)]));
  assert.equal(readOgg(songsIn(whole)[0]!.bytes).tags.get("CONTINUES"), `${clipIdIn(posted)}.2`);
  for (const made of engine.requests) assert.equal(made.request.sampling[2]?.topP, 0.9);
  assert.deepEqual(discord.findings, []);
});

test("without permission to post later, candidates are kept, and /queue hands them over with their buttons", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  discord.permit("general", { deny: PermissionFlagsBits.SendMessages });
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3, seed: 5, candidates: 2 });
  await hold.reached;
  await asked.reply();
  discord.fault({
    ...{ method: "PATCH", path: "/webhooks/*/*/messages/*" },
    ...{ times: Number.POSITIVE_INFINITY, code: 50027 },
  });
  hold.letGo();
  await discord.until(() => asked.message()?.content.includes("I've kept it: /queue") || undefined, {
    what: "word that they are kept",
  });
  assert.deepEqual(discord.directMessages("ada"), []);
  discord.clearFaults();
  const handed = await (await discord.slash("ada", "general", "queue", {})).followUp(hasSong);
  assert.equal(buttonsOf(handed).length, 2);
  const song = await (await discord.button("ada", handed, buttonsOf(handed)[1]!.customId)).reply(hasSong);
  assert.equal(songsIn(song).length, 1);
});

test("candidates too large for Discord are made again, smaller, from the same codes", async (t) => {
  const { discord, engine } = await aFakeTown(t, { config: { EDIT_SECONDS: "100" } });
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 3, seed: 5, candidates: 2 });
  await hold.reached;
  await asked.reply();
  discord.fault({ method: "PATCH", path: "/webhooks/*/*/messages/*", times: 1, code: 40005 });
  hold.letGo();
  assert.equal(songsIn(await asked.reply(hasSong)).length, 2);
  const [large, , small] = engine.requests.map(({ options }) => options);
  assert.equal(small?.bitrate, large!.bitrate! / 2);
  assert.deepEqual(small?.known, [none, none, topOf(1)]);
});

test("another model picks nothing", async (t) => {
  const { discord, bot, engine, startBot, posted, pickId } = await aTownWithCandidates(t);
  await bot.stop();
  await startBot({}, { ...engine, model: { ...engine.model, name: "another" } });
  assert.match((await (await discord.button("ada", posted, pickId(1))).reply()).content, /made with another model/);
});

test("top-p and top-k are told to every level, one at a time, and a clip goes on with them", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const both = await discord.slash("ada", "general", "jukebox", { top_p: 0.9, top_k: 5 });
  assert.match((await both.reply()).content, /Top-k and top-p don't go together: choose one of them\./);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 2, top_k: 5, temperature: 0.9 });
  const { tags } = readOgg(songsIn(await asked.reply(hasSong))[0]!.bytes);
  assert.deepEqual([tags.get("TOP_K"), tags.get("TEMPERATURE")], ["5", "0.9"]);
  await (await discord.slash("ada", "general", "continue", { seconds: 2 })).reply(hasSong);
  const level = { temperature: 0.9, topK: 5 };
  for (const { request } of engine.requests) assert.deepEqual(request.sampling, [level, level, level]);
  assert.deepEqual(discord.findings, []);
});
