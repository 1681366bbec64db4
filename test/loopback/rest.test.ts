/** The double's REST, gateway and interactions, with the real discord.js as their client. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Client } from "discord.js";
import { startClient } from "./client.ts";
import { LoopbackDiscord } from "./loopback.ts";
import { buttonsOf } from "./message.ts";

describe("a bot on the loopback Discord", () => {
  let discord: LoopbackDiscord;
  let client: Client<true>;

  before(async () => {
    discord = await LoopbackDiscord.start();
    discord.addGuild({ name: "Home", users: ["ada", "ben"] });
    client = await startClient(discord);
  });

  after(async () => {
    await client.destroy();
    await discord.stop();
  });

  it("logs in and registers its commands once", async () => {
    await discord.botReady();
    const commands = await discord.commandsRegistered();
    assert.deepEqual(commands.map(({ definition }) => definition.name).sort(), ["Sing this", "lyrics", "sing"]);
    assert.equal(discord.commands.writes, 1);
    assert.deepEqual(discord.gateway.identifies, [129]);
    assert.equal(client.user.username, "jukebox");
  });

  it("defers, edits the reply and follows up with a file that can be fetched", async () => {
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
  });
});
