/** The self-tests' small bot as a process of its own: joins the guild's first voice channel, plays a tone, leaves on SIGTERM. */
import { createAudioPlayer } from "@discordjs/voice";
import { ChannelType } from "discord.js";
import { startClient } from "./client.ts";
import { isReady, join, opusTone, songOf } from "./singer.ts";

const client = await startClient({ api: process.env.DISCORD_API ?? "", token: process.env.DISCORD_TOKEN ?? "" });
const guild = client.guilds.cache.first();
const channel = guild?.channels.cache.find(({ type }) => type === ChannelType.GuildVoice);
if (!guild || !channel) throw new Error("There is no voice channel.");
const connection = join(client, guild, channel);
const player = createAudioPlayer();
connection.subscribe(player);
process.once("SIGTERM", () => {
  player.stop(true); // a player that is not idle keeps its clock, and so the process, going
  connection.destroy(); // before the client: only this tells Discord that the bot leaves
  void client.destroy();
});
await isReady(connection);
player.play(songOf(opusTone(440, 5)));
