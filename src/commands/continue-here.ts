/** The menu of a message and the button under a clip: what is there goes on. */
import { ApplicationCommandType, ContextMenuCommandBuilder, InteractionContextType } from "discord.js";
import { clipOf, continueClip } from "./clip.ts";
import type { ButtonCommand, MessageCommand } from "./command.ts";
import { continueFile, soundIn } from "./file.ts";

export const continueMenu: MessageCommand = {
  kind: "message",
  answer: "public",
  definition: new ContextMenuCommandBuilder()
    .setName("Continue this clip")
    .setType(ApplicationCommandType.Message)
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  async run(interaction, context) {
    const { guildId, targetId, targetMessage } = interaction;
    const file = context.store.clips.find(guildId, { messageId: targetId }) ? undefined : soundIn(targetMessage);
    if (file) return continueFile(interaction, context, file, {});
    return continueClip(interaction, context, clipOf(guildId, { messageId: targetId }, context));
  },
};

export const continueButton: ButtonCommand = {
  kind: "button",
  answer: "public",
  prefix: "continue:",

  run: async (interaction, context) => {
    const id = interaction.customId.slice(continueButton.prefix.length);
    return continueClip(interaction, context, clipOf(interaction.guildId, { id }, context));
  },
};
