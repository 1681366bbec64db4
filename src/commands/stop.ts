/** /stop: ends what is made or plays in this server, and leaves the voice channel. */
import { InteractionContextType, SlashCommandBuilder } from "discord.js";
import { UserError } from "../errors.ts";
import type { SlashCommand } from "./command.ts";
import { moderates } from "./moderates.ts";
import * as texts from "./texts.ts";

export const stop: SlashCommand = {
  kind: "slash",
  answer: "public",
  definition: new SlashCommandBuilder()
    .setName("stop")
    .setDescription(texts.hints.stop)
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  async run(interaction, context) {
    const playing = (await context.queue.list(interaction.guildId)).filter(({ state }) => state.status !== "waiting");
    if (playing.length === 0) throw new UserError(texts.nothingPlays);
    const { member, guild } = interaction;
    const listens = member.voice.channelId !== null && member.voice.channelId === guild.members.me?.voice.channelId;
    const owns = playing.some((job) => job.request.reply.userId === member.id);
    if (!listens && !owns && !moderates(interaction)) throw new UserError(texts.mayNotStop);
    for (const job of playing) await context.queue.cancel(interaction.guildId, job.id);
    return texts.stopped;
  },
};
