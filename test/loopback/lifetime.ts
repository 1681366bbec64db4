/** A whole life of the double in one process, with nothing at the end that would end the process by force. */
import { startClient } from "./client.ts";
import { LoopbackDiscord } from "./loopback.ts";
import { isReady, join, opusTone, play } from "./singer.ts";

const discord = await LoopbackDiscord.start();
const guild = discord.addGuild();
const client = await startClient(discord);
const listener = discord.addListener(guild, "Music", "ada");
const connection = await isReady(join(client, guild, discord.channel("Music")));
const player = play(connection, opusTone(440, 5));
await listener.hears(0.2);
player.stop(true);
connection.destroy();
await client.destroy();
await discord.stop();
