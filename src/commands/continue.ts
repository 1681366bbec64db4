/** /continue: what was made goes on, and so does anyone's sound file. */
import { InteractionContextType, SlashCommandBuilder } from "discord.js";
import { UserError } from "../errors.ts";
import { candidatesOption } from "./ask.ts";
import { type ContinueOptions, clipByReference, continueClip } from "./clip.ts";
import type { SlashCommand } from "./command.ts";
import { attached, continueFile } from "./file.ts";
import { chordsOption, completeName, musicOptionsIn, nameOption } from "./names.ts";
import * as texts from "./texts.ts";

export const continueCommand: SlashCommand = {
  kind: "slash",
  answer: "public",
  definition: new SlashCommandBuilder()
    .setName("continue")
    .setDescription(texts.hints.continue)
    .setContexts(InteractionContextType.Guild)
    .addStringOption((option) => option.setName("clip").setDescription(texts.hints.clip).setMaxLength(200))
    .addIntegerOption((option) => option.setName("seconds").setDescription(texts.hints.more).setMinValue(1))
    .addAttachmentOption((option) => option.setName("file").setDescription(texts.hints.file))
    .addIntegerOption((option) => option.setName("prompt").setDescription(texts.hints.prompt).setMinValue(1))
    .addStringOption(nameOption("genre"))
    .addStringOption(nameOption("artist"))
    .addStringOption(nameOption("mood"))
    .addStringOption(nameOption("dynamics"))
    .addStringOption(chordsOption)
    .addIntegerOption(candidatesOption)
    .toJSON(),

  async run(interaction, context) {
    const { options } = interaction;
    const [file, clip] = [options.getAttachment("file"), options.getString("clip")];
    const wish: ContinueOptions = {
      ...musicOptionsIn(options),
      more: options.getInteger("seconds") ?? undefined,
      promptSeconds: options.getInteger("prompt") ?? undefined,
      candidates: options.getInteger("candidates") ?? undefined,
    };
    if (file && clip !== null) throw new UserError(texts.clipOrFile);
    if (file) return continueFile(interaction, context, attached(file), wish);
    if (wish.promptSeconds !== undefined) throw new UserError(texts.promptNeedsFile);
    return continueClip(interaction, context, await clipByReference(interaction, clip, context), wish);
  },

  complete: completeName,
};
