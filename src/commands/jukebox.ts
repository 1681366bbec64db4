/** /jukebox: a new song. */
import { type ChatInputCommandInteraction, InteractionContextType, SlashCommandBuilder } from "discord.js";
import { withLines } from "../lyrics/lyrics.ts";
import type { SongOptions } from "../song/song.ts";
import { songFrom } from "../song/song-from.ts";
import { ask, candidatesOption } from "./ask.ts";
import type { SlashCommand } from "./command.ts";
import { chordsOption, completeName, musicOptionsIn, nameOption } from "./names.ts";
import { hints } from "./texts.ts";

export const jukebox: SlashCommand = {
  kind: "slash",
  answer: "public",
  definition: new SlashCommandBuilder()
    .setName("jukebox")
    .setDescription(hints.jukebox)
    .setContexts(InteractionContextType.Guild)
    .addStringOption(nameOption("genre"))
    .addStringOption(nameOption("artist"))
    .addStringOption(nameOption("mood"))
    .addStringOption(nameOption("dynamics"))
    .addStringOption(chordsOption)
    .addStringOption((option) => option.setName("lyrics").setDescription(hints.lyrics).setMaxLength(6000))
    .addIntegerOption((option) => option.setName("seconds").setDescription(hints.seconds).setMinValue(1))
    .addIntegerOption((option) => option.setName("of").setDescription(hints.of).setMinValue(1))
    .addIntegerOption((option) =>
      option
        .setName("seed")
        .setDescription(hints.seed)
        .setMinValue(0)
        .setMaxValue(2 ** 32 - 1),
    )
    .addNumberOption((option) =>
      option.setName("temperature").setDescription(hints.temperature).setMinValue(0).setMaxValue(2),
    )
    .addNumberOption((option) => option.setName("top_p").setDescription(hints.topP).setMinValue(0.01).setMaxValue(1))
    .addIntegerOption((option) => option.setName("top_k").setDescription(hints.topK).setMinValue(1))
    .addIntegerOption(candidatesOption)
    .toJSON(),

  async run(interaction, context) {
    const { options } = interaction;
    const written = options.getString("lyrics");
    const lyrics = written === null ? undefined : await context.cleanLyrics(withLines(written));
    const song = songFrom(
      {
        ...musicOptionsIn(options),
        lyrics: lyrics?.text,
        seconds: options.getInteger("seconds") ?? undefined,
        totalSeconds: options.getInteger("of") ?? undefined,
        seed: options.getInteger("seed") ?? undefined,
        temperature: options.getNumber("temperature") ?? undefined,
        ...samplingIn(options),
      },
      context.model,
    );
    const candidates = options.getInteger("candidates") ?? undefined;
    return ask(interaction, context, song, { candidates, notes: lyrics?.notes });
  },

  complete: completeName,
};

/** One number is meant for all levels. */
function samplingIn(options: ChatInputCommandInteraction["options"]): Pick<SongOptions, "sampling"> {
  const topP = options.getNumber("top_p");
  const topK = options.getInteger("top_k");
  if (topP === null && topK === null) return {};
  return { sampling: [{ ...(topP !== null && { topP }), ...(topK !== null && { topK }) }] };
}
