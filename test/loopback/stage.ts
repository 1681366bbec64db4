/** What the self-tests of the double start from: a guild with voice channels, and a client that is in. */
import type { TestContext } from "node:test";
import type { VoiceConnection } from "@discordjs/voice";
import type { Client } from "discord.js";
import { startClient } from "./client.ts";
import { LoopbackDiscord } from "./loopback.ts";
import type { Settings } from "./settings.ts";
import { isReady, join } from "./singer.ts";
import type { Channel, Guild } from "./world.ts";

export interface Stage {
  readonly discord: LoopbackDiscord;
  readonly client: Client<true>;
  readonly guild: Guild;
  readonly music: Channel;
  /** Done after the test, last first. */
  readonly cleanups: (() => Promise<void> | void)[];
}

/** Runs a test on a fresh stage and clears it away afterwards, whatever happened. */
export const onStage =
  (settings: Partial<Settings>, test: (stage: Stage) => Promise<void>) =>
  async (t: TestContext): Promise<void> => {
    const cleanups: Stage["cleanups"] = [];
    t.after(async () => {
      for (const clean of cleanups.reverse()) await clean();
    });
    const discord = await LoopbackDiscord.start(settings);
    cleanups.push(() => discord.stop());
    const guild = discord.addGuild({ voice: ["Music", "Other"], stage: ["Podium"], users: ["ada", "ben"] });
    const client = await startClient(discord);
    cleanups.push(() => client.destroy());
    await test({ discord, client, guild, music: discord.channel("Music", guild), cleanups });
  };

/** Asks for the voice channel; the connection is left when the test is over. */
export function joining({ client, guild, music, cleanups }: Stage, channel = music): VoiceConnection {
  const connection = join(client, guild, channel);
  cleanups.push(() => {
    if (connection.state.status === "destroyed") return;
    connection.state.subscription?.player.stop(true); // a player that is not idle keeps the process going
    connection.destroy();
  });
  return connection;
}

export const joined = (stage: Stage, channel = stage.music): Promise<VoiceConnection> =>
  isReady(joining(stage, channel));
