/** /stop: ends what is made or plays in this server, and leaves the voice channel. */
import { InteractionContextType, SlashCommandBuilder } from "discord.js";
import { UserError } from "../errors.ts";
import type { SlashCommand } from "./command.ts";
import { moderates } from "./moderates.ts";

export const stop: SlashCommand = {
  kind: "slash",
  answer: "public",
  definition: new SlashCommandBuilder()
    .setName("stop")
    .setDescription("End what plays here and leave the voice channel")
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  async run(interaction, context) {
    const playing = (await context.queue.list(interaction.guildId)).filter(({ state }) => state.status !== "waiting");
    if (playing.length === 0) throw new UserError("Nothing is playing here.");
    const { member, guild } = interaction;
    const listens = member.voice.channelId !== null && member.voice.channelId === guild.members.me?.voice.channelId;
    const owns = playing.some((job) => job.request.reply.userId === member.id);
    if (!listens && !owns && !moderates(interaction))
      throw new UserError("Only those who listen, who asked for the song, or who moderate can stop it.");
    for (const job of playing) await context.queue.cancel(interaction.guildId, job.id);
    return "Stopped.";
  },
};
