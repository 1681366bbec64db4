/** Who sees refusals, and that buttons, menus and forms do nothing for those to whom the server's settings deny the command. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PermissionFlagsBits } from "discord.js";
import { type CommandSettings, isPermitted } from "../../src/bot/discord/command-permissions.ts";
import { aFakeTown, aTown, clipIdIn, hasSong } from "../e2e/support.ts";
import { fakeEngine } from "../fakes/engine.ts";
import type { Interaction } from "../loopback/interaction.ts";
import type { LoopbackDiscord } from "../loopback/loopback.ts";

const [role, user, channel] = [1, 2, 3] as const;
const settingsDeny = /this server's settings don't let you use \/(\w+)/;

/** The command that was denied in an answer that only the one who asked has seen. */
async function deniedIn(asked: Interaction): Promise<string | undefined> {
  const { content } = await asked.reply();
  assert.ok(asked.ephemeral, content);
  return settingsDeny.exec(content)?.[1];
}

test("a refusal is seen by the one who asked and by no one else, a success by all", async (t) => {
  const { discord } = await aFakeTown(t);
  const before = discord.channel("general").messages.length;
  for (const [command, options] of [
    ["jukebox", { genre: "polka" }],
    ["jukebox", { seconds: 600 }],
    ["continue", {}],
    ["continue", { clip: "01234567" }],
    ["stop", {}],
    ["cancel", {}],
  ] as const) {
    const asked = await discord.slash("ada", "general", command, options);
    await asked.reply();
    assert.ok(asked.ephemeral, command);
  }
  const seen = discord
    .channel("general")
    .messages.slice(before)
    .filter(({ flags }) => (flags & 64) === 0);
  assert.deepEqual(seen, [], "nothing was shown to all, not even for a moment");
  const song = await discord.slash("ada", "general", "jukebox", { seconds: 2 });
  await song.reply(hasSong);
  assert.equal(song.ephemeral, false);
  assert.deepEqual(discord.findings, []);
});

test("a refusal that takes long to find is told in private as well", async (t) => {
  const { discord } = await aFakeTown(t);
  await (await discord.slash("ada", "general", "jukebox", { seconds: 2 })).reply(hasSong);
  const clip = discord.channel("general").messages.at(-1)!; // it was just posted
  discord.deleteMessage(clip);
  discord.fault({ method: "GET", path: "/channels/*/messages/*", delayMs: 2500 });
  const asked = await discord.slash("ada", "general", "continue", {});
  const told = await asked.followUp(({ content }) => content.includes("There is no clip in this channel yet"));
  assert.equal(told.flags & 64, 64);
  assert.equal(asked.message()?.deleted, true);
  assert.deepEqual(discord.findings, []);
});

/** A clip of ada's in #general, and drafts of hers. */
async function aTownWithClips(discord: LoopbackDiscord) {
  const clip = await discord.slash("ada", "general", "jukebox", { seconds: 2, seed: 5 });
  await clip.reply(hasSong);
  const drafts = await discord.slash("ada", "general", "jukebox", { seconds: 2, candidates: 2 });
  await drafts.reply(hasSong);
  return { clip: clip.message()!, drafts: drafts.message()! }; // they have replies now
}

test("who may not use /continue can't use its button or its menu either, until that changes", async (t) => {
  const { discord, guild, engine } = await aFakeTown(t);
  const { clip } = await aTownWithClips(discord);
  const made = engine.requests.length;
  const button = () => discord.button("ben", clip, `continue:${clipIdIn(clip)}`);
  discord.permitCommand(guild, "continue", [{ id: discord.user("ben").id, type: user, permission: false }]);
  assert.equal(await deniedIn(await button()), "continue");
  assert.equal(await deniedIn(await discord.contextMenu("ben", "general", "Continue this clip", clip)), "continue");
  assert.equal(engine.requests.length, made);
  await (await discord.button("cy", clip, `continue:${clipIdIn(clip)}`)).reply(hasSong);
  discord.permitCommand(guild, "continue", []);
  await (await button()).reply(hasSong);
  assert.deepEqual(discord.findings, []);
});

test("drafts are picked by those who may use the command that made them", async (t) => {
  const { discord, guild } = await aFakeTown(t);
  const { drafts } = await aTownWithClips(discord);
  discord.permitCommand(guild, "jukebox", [{ id: discord.channel("general").id, type: channel, permission: false }]);
  assert.equal(await deniedIn(await discord.button("ada", drafts, `pick:${clipIdIn(drafts)}.1`)), "jukebox");
  const longer = await discord.slash("ada", "general", "continue", { seconds: 2, candidates: 2 });
  await longer.reply(hasSong);
  const others = longer.message()!; // it has a reply now
  await (await discord.button("ada", others, `pick:${clipIdIn(others)}.2`)).reply(hasSong);
});

test("a message is sung, and a form taken, only from those who may use /sing", async (t) => {
  const { discord, guild } = await aTown(t, { engine: fakeEngine({ lyrics: "v3", maxSeconds: 8 }) });
  const form = await discord.slash("ben", "general", "sing", {});
  await form.modal();
  discord.permitCommand(guild, undefined, [{ id: guild.id, type: role, permission: false }]);
  assert.equal(await deniedIn(await discord.modal("ben", form, { lyrics: "la", seconds: "2" })), "sing");
  const said = discord.say("ben", "general", "la la");
  assert.equal(await deniedIn(await discord.contextMenu("ada", "general", "Sing this message", said)), "sing");
});

test("who may use no commands at all can't use buttons either", async (t) => {
  const { discord } = await aFakeTown(t);
  const { clip } = await aTownWithClips(discord);
  discord.permit("general", { of: discord.user("ben").id, deny: PermissionFlagsBits.UseApplicationCommands });
  assert.equal(await deniedIn(await discord.button("ben", clip, `continue:${clipIdIn(clip)}`)), "continue");
});

test("while the settings can't be looked up, a button says so and does nothing", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const { clip } = await aTownWithClips(discord);
  const made = engine.requests.length;
  discord.fault({ method: "GET", path: "/applications/*/guilds/*/commands/permissions", status: 503 });
  const asked = await discord.button("ben", clip, `continue:${clipIdIn(clip)}`);
  assert.match((await asked.reply()).content, /can't look up just now whether you may do this/);
  assert.equal(engine.requests.length, made);
  await (await discord.button("ben", clip, `continue:${clipIdIn(clip)}`)).reply(hasSong);
});

test("settings are weighed as Discord weighs them", () => {
  const [guildId, ada, dj, muted, here] = ["900", "1", "2", "3", "4"];
  const say = (id: string, type: 1 | 2 | 3, permission: boolean) => ({ id, type, permission });
  const permitted = (settings: Partial<CommandSettings>, roleIds = [guildId]) =>
    isPermitted({ guildId, command: [], application: [], ...settings }, { userId: ada, roleIds, channelId: here });
  const everyone = (permission: boolean) => say(guildId, role, permission);
  const allChannels = (permission: boolean) => say("899", channel, permission);
  assert.equal(permitted({}), true);
  assert.equal(permitted({ command: [everyone(false)] }), false);
  assert.equal(permitted({ command: [everyone(false), say(ada, user, true)] }), true, "the user before everyone");
  assert.equal(permitted({ command: [say(dj, role, true), say(ada, user, false)] }, [guildId, dj]), false);
  assert.equal(permitted({ command: [everyone(false), say(dj, role, true)] }, [guildId, dj]), true);
  assert.equal(permitted({ command: [say(dj, role, true), say(muted, role, false)] }, [guildId, dj, muted]), true);
  assert.equal(permitted({ command: [say(dj, role, true)], application: [everyone(false)] }), false);
  assert.equal(permitted({ command: [everyone(true)], application: [everyone(false)] }), true, "the command first");
  assert.equal(permitted({ command: [allChannels(false)] }), false);
  assert.equal(permitted({ command: [allChannels(false), say(here, channel, true)] }), true);
  assert.equal(permitted({ command: [say(here, channel, true)], application: [allChannels(false)] }), true);
  assert.equal(permitted({ command: [say(here, channel, false), say(ada, user, true)] }), false);
});

test("songs to cancel are offered by title, who asked, and how far they are", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const hold = engine.holdAt(1);
  await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 2, seed: 1 });
  await hold.reached;
  const rock = await discord.slash("ben", "general", "jukebox", { genre: "rock", seconds: 2, seed: 2 });
  await rock.reply();
  discord.permit("general", { of: discord.user("cy").id, allow: PermissionFlagsBits.ManageMessages });
  const offer = (who: string, value: string) => discord.autocomplete(who, "general", "cancel", { option: "id", value });
  const names = (await offer("cy", "")).map(({ name }) => name);
  assert.match(names[0]!, /^jazz by Ada, 2 s, seed 1 · ada · generating, 50 %$/);
  assert.match(names[1]!, /^rock by The Kettles, 2 s, seed 2 · ben · 1 song ahead$/);
  const [own, ...others] = await offer("ben", "rock");
  assert.deepEqual([own?.value, others], [clipIdIn(rock.message()!), []]);
  assert.match(own!.name, / · you · /);
  assert.deepEqual(await offer("ben", "jazz"), []);
  hold.letGo();
  assert.deepEqual(discord.findings, []);
});
