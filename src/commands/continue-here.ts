/** The menu of a message and the button under a clip: what is there goes on. */
import {
  ApplicationCommandType,
  ContextMenuCommandBuilder,
  InteractionContextType,
  type Message,
  MessageReferenceType,
} from "discord.js";
import { clipOf, continueClip } from "./clip.ts";
import type { ButtonCommand, MessageCommand } from "./command.ts";
import { continueFile, soundIn } from "./file.ts";
import * as texts from "./texts.ts";

export const continueMenu: MessageCommand = {
  kind: "message",
  answer: "public",
  definition: new ContextMenuCommandBuilder()
    .setName("Continue this clip")
    .setType(ApplicationCommandType.Message)
    .setContexts(InteractionContextType.Guild)
    .toJSON(),
  sameAs: () => "continue",

  async run(interaction, context) {
    const { guildId, targetMessage } = interaction;
    const messageId = clipMessageOf(targetMessage);
    const file = context.store.clips.find(guildId, { messageId }) ? undefined : soundIn(targetMessage);
    if (file) return continueFile(interaction, context, file, {});
    return continueClip(interaction, context, clipOf(guildId, { messageId }, context, texts.noSoundHere));
  },
};

/** A forwarded clip is the clip itself, where it was made in this server. */
function clipMessageOf({ id, guildId, reference }: Message<true>): string {
  const isForward = reference?.type === MessageReferenceType.Forward && reference.guildId === guildId;
  return isForward ? (reference.messageId ?? id) : id;
}

export const continueButton: ButtonCommand = {
  kind: "button",
  answer: "public",
  prefix: "continue:",
  sameAs: () => "continue",

  run: async (interaction, context) => {
    const id = interaction.customId.slice(continueButton.prefix.length);
    return continueClip(interaction, context, clipOf(interaction.guildId, { id }, context, texts.noLongerKnown));
  },
};
