/** /cancel: takes back a song that waits, is being made or plays. */
import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  InteractionContextType,
  SlashCommandBuilder,
} from "discord.js";
import { UserError } from "../errors.ts";
import type { BotContext, SlashCommand } from "./command.ts";
import { moderates } from "./moderates.ts";
import { title } from "./text.ts";

export const cancel: SlashCommand = {
  kind: "slash",
  answer: "private",
  definition: new SlashCommandBuilder()
    .setName("cancel")
    .setDescription("Take back your newest song, or the one with this id")
    .setContexts(InteractionContextType.Guild)
    .addStringOption((option) =>
      option.setName("id").setDescription("Which song, as /queue shows it").setAutocomplete(true).setMaxLength(100),
    )
    .toJSON(),

  async run(interaction, context) {
    const id = interaction.options.getString("id")?.trim();
    const jobs = await context.queue.list(interaction.guildId);
    const own = jobs.filter((job) => job.request.reply.userId === interaction.user.id);
    const job = id === undefined ? own.at(-1) : jobs.find((candidate) => candidate.id === id);
    if (job === undefined)
      throw new UserError(id === undefined ? "You have no song in the queue." : `There is no song ${id} in the queue.`);
    if (!own.includes(job) && !moderates(interaction))
      throw new UserError("That song is someone else's. Only a moderator can cancel it.");
    await context.queue.cancel(interaction.guildId, job.id);
    return `Cancelled ${title(job.request.song)}.`;
  },

  async complete(interaction, context) {
    return (await cancellable(interaction, context)).map(({ id }) => id);
  },
};

async function cancellable(
  interaction: ChatInputCommandInteraction<"cached"> | AutocompleteInteraction<"cached">,
  context: BotContext,
) {
  const jobs = await context.queue.list(interaction.guildId);
  return moderates(interaction) ? jobs : jobs.filter((job) => job.request.reply.userId === interaction.user.id);
}
