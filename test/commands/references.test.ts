/** How people say which clip they mean, forwarded messages, and places where the bot is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readReference } from "../../src/commands/reference.ts";
import { fromIds } from "../../src/lyrics/characters.ts";
import { aFakeTown, aTown, clipIdIn, hasSong, linkTo } from "../e2e/support.ts";
import { codeAt, fakeEngine, fileSeed } from "../fakes/engine.ts";
import { wavBytes } from "../support/wav.ts";

const [guild, channel, message] = ["900000000000000001", "900000000000000002", "900000000000000003"];
const path = `${guild}/${channel}/${message}`;

test("a message is understood in every form that Discord's clients and people write", () => {
  for (const text of [
    `https://discord.com/channels/${path}`,
    ` <https://discord.com/channels/${path}> `,
    `https://discord.com/channels/${path}/`,
    `https://discord.com/channels/${path}?x=1`,
    `https://discord.com/channels/${path}/?x=1#y`,
    `https://ptb.discord.com/channels/${path}`,
    `https://canary.discord.com/channels/${path}`,
    `https://www.discord.com/channels/${path}`,
    `HTTPS://Discord.com/channels/${path}`,
    `https://discordapp.com/channels/${path}`,
    `discord.com/channels/${path}`,
    `discord://-/channels/${path}`,
    `discord:///channels/${path}`,
    `discord://discord.com/channels/${path}/`,
    `[the song](https://discord.com/channels/${path})`,
    `this one: https://discord.com/channels/${path}, please`,
  ])
    assert.deepEqual(
      readReference(text),
      { kind: "message", guildId: guild, channelId: channel, messageId: message },
      text,
    );
  assert.deepEqual(readReference(`${message}`), { kind: "message", messageId: message });
  assert.deepEqual(readReference(`${channel}-${message}`), { kind: "message", channelId: channel, messageId: message });
  for (const text of ["3f2a91c0", "`3F2A91C0`", " 3f2a91c0. "])
    assert.deepEqual(readReference(text), { kind: "clip", id: "3f2a91c0" });
  assert.deepEqual(readReference(`https://discord.com/channels/${guild}/${channel}`), { kind: "channel" });
  const direct = readReference(`https://discord.com/channels/@me/${channel}/${message}`);
  assert.deepEqual(direct, { kind: "message", guildId: "@me", channelId: channel, messageId: message });
  for (const text of ["", "my favourite", "https://example.com/channels/1/2/3", "12345", "https://discord.gg/abc"])
    assert.equal(readReference(text), undefined, text);
});

test("a clip goes on by any of these forms, and by a message that forwards it", async (t) => {
  const { discord, engine, guild: home } = await aFakeTown(t);
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 2, seed: 5 });
  await asked.reply(hasSong);
  const clip = asked.message()!; // it has a reply now
  const forwarded = discord.forward("ben", clip, "other");
  const forms = [
    `${linkTo(home, clip)}/`,
    `${linkTo(home, clip)}?x=1`,
    linkTo(home, clip).replace("https://discord.com", "discord://-"),
    clip.id,
    `${clip.channelId}-${clip.id}`,
    linkTo(home, forwarded),
  ];
  for (const form of forms) {
    await (await discord.slash("ada", "other", "continue", { clip: form, seconds: 1 })).reply(hasSong);
    assert.equal(engine.requests.at(-1)?.request.prompt?.[0]?.[0], codeAt(5, 0, 0), form);
  }
  await (await discord.contextMenu("ada", "other", "Continue this clip", forwarded)).reply(hasSong);
  assert.equal(engine.requests.at(-1)?.request.prompt?.[0]?.[0], codeAt(5, 0, 0));
  assert.deepEqual(discord.findings, []);
});

test("a clip forwarded from another server goes on from its file, and a forwarded text is sung", async (t) => {
  const { discord, engine } = await aTown(t, { engine: fakeEngine({ lyrics: "v3", maxSeconds: 8 }) }).then((town) => ({
    ...town,
    engine: town.engine as ReturnType<typeof fakeEngine>, // the very one
  }));
  const away = discord.addGuild({ name: "Away", text: ["lobby"], users: ["ada"] });
  const bytes = wavBytes(8000, [new Float32Array(16_000).fill(0.5)]);
  const file = { filename: "riff.wav", contentType: "audio/wav", bytes };
  const said = discord.say("ada", discord.channel("lobby", away), "Silver river", [file]);
  const forwarded = discord.forward("ada", said, "general");
  const longer = await discord.contextMenu("ada", "general", "Continue this clip", forwarded);
  await longer.reply(hasSong, { timeout: 60_000 });
  assert.equal(engine.requests.at(-1)?.request.prompt?.[0]?.[0], codeAt(fileSeed, 0, 0));
  await (await discord.contextMenu("ada", "general", "Sing this message", forwarded)).reply(hasSong);
  assert.match(fromIds(engine.requests.at(-1)?.request.labels.lyrics ?? [], "v3"), /Silver river/);
});

test("where the bot is only installed as an app, it says how it can be invited", async (t) => {
  const { discord } = await aFakeTown(t);
  const away = discord.addGuild({ name: "Away", text: ["lobby"], users: ["dee"], withoutBot: true });
  const asked = await discord.slash("dee", discord.channel("lobby", away), "jukebox", { seconds: 2 });
  const { content } = await asked.reply();
  assert.ok(asked.ephemeral);
  assert.match(content, /I'm not a member of this server.*can invite me/);
  const url = new URL(/<(https:[^>]+)>/.exec(content)![1]!);
  assert.equal(url.searchParams.get("client_id"), discord.world.applicationId);
  assert.equal(url.searchParams.get("permissions"), "352118635613184", "as README.md has it");
  assert.deepEqual(url.searchParams.get("scope")?.split(" ").sort(), ["applications.commands", "bot"]);
  const typed = { option: "genre", value: "ja" };
  assert.deepEqual(await discord.autocomplete("dee", discord.channel("lobby", away), "jukebox", typed), []);
  assert.deepEqual(discord.findings, []);
});

test("what a reference leads to is told apart", async (t) => {
  const { discord, guild: home } = await aFakeTown(t);
  const clip = await (await discord.slash("ada", "general", "jukebox", { seconds: 2 })).reply(hasSong);
  const words = discord.say("ben", "general", "la la la");
  for (const [text, sentence] of [
    ["my favourite one", /I don't understand which clip you mean.*Copy Message Link/],
    [`https://discord.com/channels/${home.id}/${clip.channelId}`, /leads to a channel/],
    [`https://discord.com/channels/@me/${clip.channelId}/${clip.id}`, /leads to a direct message/],
    [`https://discord.com/channels/123456789012345678/${clip.channelId}/${clip.id}`, /in another server/],
    [words.id, /isn't one of my clips/],
    ["01234567", /There is no clip 01234567/],
  ] as const) {
    const asked = await discord.slash("ada", "general", "continue", { clip: text });
    assert.match((await asked.reply()).content, sentence, text);
    assert.ok(asked.ephemeral);
  }
  assert.notEqual(clipIdIn(clip), "01234567");
});
