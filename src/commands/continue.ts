/** /continue: what was made goes on, and so does anyone's sound file. */
import { InteractionContextType, SlashCommandBuilder } from "discord.js";
import { UserError } from "../errors.ts";
import { candidatesOption } from "./ask.ts";
import { clipByLink, continueClip, type Wish } from "./clip.ts";
import type { SlashCommand } from "./command.ts";
import { attached, continueFile } from "./file.ts";
import { chordsOption, completeName, kindIn, nameOption } from "./names.ts";

export const continueCommand: SlashCommand = {
  kind: "slash",
  answer: "public",
  definition: new SlashCommandBuilder()
    .setName("continue")
    .setDescription("Let a clip or a sound file go on where it ends")
    .setContexts(InteractionContextType.Guild)
    .addStringOption((option) =>
      option
        .setName("clip")
        .setDescription("Link to the clip's message, or its id; else the newest one here")
        .setMaxLength(200),
    )
    .addIntegerOption((option) => option.setName("seconds").setDescription("How much more").setMinValue(1))
    .addAttachmentOption((option) =>
      option.setName("file").setDescription("A sound file of yours instead: WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus"),
    )
    .addIntegerOption((option) =>
      option.setName("prompt").setDescription("Seconds of the file that the song begins with; else all").setMinValue(1),
    )
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
    const wish: Wish = {
      ...kindIn(options),
      more: options.getInteger("seconds") ?? undefined,
      promptSeconds: options.getInteger("prompt") ?? undefined,
      candidates: options.getInteger("candidates") ?? undefined,
    };
    if (file && clip !== null) throw new UserError("Name a clip or hand me a file, not both.");
    if (file) return continueFile(interaction, context, attached(file), wish);
    if (wish.promptSeconds !== undefined) throw new UserError("prompt: is for a file: clips go on from their end.");
    return continueClip(interaction, context, await clipByLink(interaction, clip, context), wish);
  },

  complete: completeName,
};
