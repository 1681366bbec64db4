/** Interactions on the double, with the real discord.js answering them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DiscordAPIError, Routes } from "discord.js";
import { buttonsOf } from "./message.ts";
import { onStage } from "./stage.ts";

const hasCode = (code: number) => (error: unknown) => error instanceof DiscordAPIError && error.code === code;

describe("a bot on the loopback Discord", () => {
  it(
    "logs in and registers its commands once",
    onStage({}, async ({ discord, client }) => {
      await discord.botReady();
      const commands = await discord.commandsRegistered();
      const names = commands.map(({ definition }) => definition.name);
      assert.deepEqual(names.sort(), ["Sing this", "lyrics", "sing"]);
      assert.equal(discord.commands.writes, 1);
      assert.deepEqual(discord.gateway.identifies, [129]);
      assert.equal(client.user.username, "jukebox");
    }),
  );

  it(
    "defers, edits the reply and follows up with a file that can be fetched",
    onStage({}, async ({ discord }) => {
      const interaction = await discord.slash("ada", "general", "sing", { genre: "jazz", seconds: 6 });
      assert.ok((await interaction.deferred()) < 3000);
      const reply = await interaction.reply();
      assert.equal(reply.content, "Singing jazz for 6 s");
      assert.deepEqual(
        buttonsOf(reply).map(({ customId }) => customId),
        ["again"],
      );
      const [file] = (await interaction.followUp()).attachments;
      assert.equal(file?.filename, "song.ogg");
      assert.equal(file?.description, "a song");
      assert.equal(await (await fetch(file?.url ?? "")).text(), "la la la");
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "answers autocomplete, buttons, menus and modals",
    onStage({}, async ({ discord }) => {
      const choices = await discord.autocomplete("ada", "general", "sing", { option: "genre", value: "j" });
      assert.deepEqual(
        choices.map(({ value }) => value),
        ["jazz", "jungle"],
      );
      const sung = await (await discord.slash("ada", "general", "sing", { genre: "jazz" })).reply();
      const pressed = await discord.button("ben", sung, "again");
      assert.equal((await pressed.reply()).content, "Again!");
      await assert.rejects(discord.button("ben", sung, "again"), /no component/);
      const words = discord.say("ada", "general", "sing me");
      const asked = await discord.contextMenu("ben", "general", "Sing this", words);
      assert.equal((await asked.reply()).content, "You wrote: sing me");
      assert.equal(asked.ephemeral, true);
      const shown = await discord.slash("ada", "general", "lyrics");
      await shown.modal();
      const filled = await discord.modal("ada", shown, { words: "la\nla" });
      assert.equal((await filled.reply()).content, "Words: la\nla");
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "cannot be asked what its commands do not offer",
    onStage({}, async ({ discord }) => {
      await assert.rejects(discord.slash("ada", "general", "dance"), /no command/);
      await assert.rejects(discord.slash("ada", "general", "sing"), /required/);
      await assert.rejects(discord.slash("ada", "general", "sing", { genre: "jazz", seconds: 10 }), /does not fit/);
      await assert.rejects(discord.slash("ada", "general", "sing", { genre: "jazz", key: 1 }), /no option/);
    }),
  );

  it(
    "sees its own permissions in a channel, and the limit for files",
    onStage({}, async ({ discord, client, guild }) => {
      guild.premiumTier = 2;
      client.removeAllListeners("interactionCreate");
      discord.permit("general", { deny: 1n << 15n });
      const seen = new Promise<[boolean, number]>((resolve) =>
        client.once("interactionCreate", (it) => resolve([it.appPermissions.has(1n << 15n), it.attachmentSizeLimit])),
      );
      await discord.slash("ada", "general", "sing", { genre: "jazz" });
      assert.deepEqual(await seen, [false, 50 * 1024 * 1024]);
    }),
  );
});

describe("the rules of interactions", () => {
  const late = { callbackDeadlineMs: 50 };
  it(
    "a late answer finds an unknown interaction",
    onStage(late, async ({ discord, client }) => {
      client.removeAllListeners("interactionCreate");
      const answered = new Promise<unknown>((resolve) =>
        client.on("interactionCreate", (it) => {
          if (it.isRepliable()) setTimeout(() => it.deferReply().then(resolve, resolve), 80);
        }),
      );
      await discord.slash("ada", "general", "sing", { genre: "jazz" });
      assert.ok(hasCode(10062)(await answered));
      assert.equal(discord.takeFindings("late-callback").length, 1);
    }),
  );

  it(
    "a token past its life is invalid",
    onStage({ tokenLifeMs: 100 }, async ({ discord, client }) => {
      client.removeAllListeners("interactionCreate");
      const edited = new Promise<unknown>((resolve) =>
        client.on("interactionCreate", async (it) => {
          if (!it.isChatInputCommand()) return;
          await it.deferReply();
          setTimeout(() => it.editReply("done").then(resolve, resolve), 120);
        }),
      );
      const interaction = await discord.slash("ada", "general", "sing", { genre: "jazz" });
      assert.ok(hasCode(50027)(await edited));
      assert.equal(interaction.versions.length, 1);
    }),
  );

  it(
    "a second answer is refused and found",
    onStage({}, async ({ discord, client }) => {
      client.removeAllListeners("interactionCreate");
      const twice = new Promise<unknown>((resolve) =>
        client.on("interactionCreate", async (it) => {
          const path = Routes.interactionCallback(it.id, it.token);
          await client.rest.post(path, { body: { type: 5 }, auth: false });
          resolve(await client.rest.post(path, { body: { type: 5 }, auth: false }).catch((error) => error));
        }),
      );
      await discord.slash("ada", "general", "sing", { genre: "jazz" });
      assert.ok(hasCode(40060)(await twice));
      assert.equal(discord.takeFindings("already-acknowledged").length, 1);
    }),
  );

  it(
    "the first follow-up after a defer fills the waiting reply",
    onStage({}, async ({ discord, client }) => {
      client.removeAllListeners("interactionCreate");
      client.on("interactionCreate", async (it) => {
        if (!it.isChatInputCommand()) return;
        await it.deferReply();
        await it.followUp("here");
      });
      const interaction = await discord.slash("ada", "general", "sing", { genre: "jazz" });
      assert.equal((await interaction.reply()).content, "here");
      assert.equal(interaction.followUps.length, 0);
    }),
  );
});
