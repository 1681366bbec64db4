/** /continue, the menu of a message, and the button under a clip: what was made goes on. */
import { randomInt } from "node:crypto";
import {
  ApplicationCommandType,
  ContextMenuCommandBuilder,
  InteractionContextType,
  SlashCommandBuilder,
} from "discord.js";
import { UserError } from "../errors.ts";
import type { Clip } from "../store/clips.ts";
import { type Asking, ask } from "./ask.ts";
import { clipByLink, clipOf, lengthened } from "./clip.ts";
import type { ButtonCommand, House, MessageCommand, SlashCommand } from "./command.ts";

export const continueCommand: SlashCommand = {
  kind: "slash",
  answer: "public",
  definition: new SlashCommandBuilder()
    .setName("continue")
    .setDescription("Let a clip go on where it ends")
    .setContexts(InteractionContextType.Guild)
    .addStringOption((option) =>
      option
        .setName("clip")
        .setDescription("Link to the clip's message, or its id; else the newest one here")
        .setMaxLength(200),
    )
    .addIntegerOption((option) => option.setName("seconds").setDescription("How much more").setMinValue(1))
    .toJSON(),

  async run(interaction, house) {
    const clip = await clipByLink(interaction, interaction.options.getString("clip"), house);
    return goOn(interaction, house, clip, interaction.options.getInteger("seconds") ?? undefined);
  },
};

export const continueMenu: MessageCommand = {
  kind: "message",
  answer: "public",
  definition: new ContextMenuCommandBuilder()
    .setName("Continue this clip")
    .setType(ApplicationCommandType.Message)
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  run: async (interaction, house) =>
    goOn(interaction, house, clipOf(interaction.guildId, { messageId: interaction.targetId }, house)),
};

export const continueButton: ButtonCommand = {
  kind: "button",
  answer: "public",
  prefix: "continue:",

  run: async (interaction, house) => {
    const id = interaction.customId.slice(continueButton.prefix.length);
    return goOn(interaction, house, clipOf(interaction.guildId, { id }, house));
  },
};

async function goOn(interaction: Asking, house: House, clip: Clip, more?: number): Promise<undefined> {
  if (clip.request.model !== house.model.name)
    throw new UserError("That clip was made by another model, and this one can't go on with it.");
  const before = clip.request.song;
  const seconds = lengthened(clip, more, house.model);
  const whole = before.totalSeconds !== undefined && { totalSeconds: Math.max(before.totalSeconds, seconds) };
  const song = { ...before, seconds, ...whole, seed: randomInt(2 ** 32) };
  const codes = house.store.codes.of(clip.id).map(({ length }) => length);
  return ask(interaction, house, song, { clipId: clip.id, seconds: before.seconds, codes });
}
