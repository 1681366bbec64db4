/** /cancel: takes back a song that waits, is being made or plays. */
import { setTimeout as pause } from "node:timers/promises";
import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  InteractionContextType,
  SlashCommandBuilder,
} from "discord.js";
import { UserError } from "../errors.ts";
import type { JobView } from "../queue/job.ts";
import { describe } from "../song/describe.ts";
import type { BotContext, SlashCommand } from "./command.ts";
import { moderates } from "./moderates.ts";
import { stateText } from "./queue.ts";
import { title } from "./text.ts";
import * as texts from "./texts.ts";

export const cancel: SlashCommand = {
  kind: "slash",
  answer: "private",
  definition: new SlashCommandBuilder()
    .setName("cancel")
    .setDescription(texts.hints.cancel)
    .setContexts(InteractionContextType.Guild)
    .addStringOption((option) =>
      option.setName("id").setDescription(texts.hints.cancelId).setAutocomplete(true).setMaxLength(100),
    )
    .toJSON(),

  async run(interaction, context) {
    const id = interaction.options.getString("id")?.trim();
    const jobs = await context.queue.list(interaction.guildId);
    const own = jobs.filter((job) => job.request.reply.userId === interaction.user.id);
    const job = id === undefined ? own.at(-1) : jobs.find((candidate) => candidate.id === id);
    if (job === undefined) throw new UserError(id === undefined ? texts.noOwnSong : texts.noSuchSong(id));
    if (!own.includes(job) && !moderates(interaction)) throw new UserError(texts.othersSong);
    await context.queue.cancel(interaction.guildId, job.id);
    return texts.cancelled(title(job.request.order.song));
  },

  async complete(interaction, context) {
    const wanted = interaction.options.getFocused().trim().toLowerCase();
    const jobs = await cancellable(interaction, context);
    const choices = await Promise.all(
      jobs.slice(0, mostChoices).map(async (job) => ({ value: job.id, name: await nameOf(job, interaction) })),
    );
    return choices.filter(({ name, value }) => name.toLowerCase().includes(wanted) || value.startsWith(wanted));
  },
};

/** Discord takes no more. */
const mostChoices = 25;

/** Title, who asked, and how far it is. */
async function nameOf({ request, state }: JobView, interaction: AutocompleteInteraction<"cached">): Promise<string> {
  const { userId } = request.reply;
  const who = userId === interaction.user.id ? "you" : await displayName(userId, interaction);
  return `${describe(request.order.song).slice(0, 50)} · ${who.slice(0, 20)} · ${stateText(state)}`;
}

const lookUpMs = 1000;

async function displayName(userId: string, { guild }: AutocompleteInteraction<"cached">): Promise<string> {
  const known = guild.members.cache.get(userId);
  const member = known ?? (await Promise.race([guild.members.fetch(userId).catch(() => undefined), pause(lookUpMs)]));
  return member?.displayName ?? "someone";
}

async function cancellable(
  interaction: ChatInputCommandInteraction<"cached"> | AutocompleteInteraction<"cached">,
  context: BotContext,
) {
  const jobs = await context.queue.list(interaction.guildId);
  return moderates(interaction) ? jobs : jobs.filter((job) => job.request.reply.userId === interaction.user.id);
}
