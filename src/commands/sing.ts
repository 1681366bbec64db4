/** /sing with its form, and the menu of a message: songs whose lyrics don't fit into a line. */
import {
  ApplicationCommandType,
  ContextMenuCommandBuilder,
  InteractionContextType,
  LabelBuilder,
  ModalBuilder,
  SlashCommandBuilder,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";
import { UserError } from "../errors.ts";
import { checkSinger } from "../labels/singing.ts";
import { songFrom } from "../labels/song.ts";
import { ask } from "./ask.ts";
import type { AskingCommand, FormCommand, MessageCommand } from "./command.ts";
import { spoken } from "./words.ts";

const formId = "sing";

export const singCommand: AskingCommand = {
  kind: "asking",
  definition: new SlashCommandBuilder()
    .setName("sing")
    .setDescription("Dream up a song to your own lyrics: opens a form for them")
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  form({ model }) {
    checkSinger(model);
    const short = (id: string, hint: string) =>
      field(id, TextInputStyle.Short, 100).setRequired(false).setPlaceholder(hint);
    const fields = {
      Lyrics: field("lyrics", TextInputStyle.Paragraph, 4000),
      Genre: short("genre", "What kind of music"),
      Artist: short("artist", "In whose manner"),
      Seconds: short("seconds", "How long"),
    };
    return new ModalBuilder()
      .setCustomId(formId)
      .setTitle("Sing")
      .addLabelComponents(
        Object.entries(fields).map(([label, input]) => new LabelBuilder().setLabel(label).setTextInputComponent(input)),
      )
      .toJSON();
  },
};

const field = (id: string, style: TextInputStyle, most: number) =>
  new TextInputBuilder().setCustomId(id).setStyle(style).setMaxLength(most);

export const singForm: FormCommand = {
  kind: "form",
  answer: "public",
  prefix: formId,

  async run(interaction, house) {
    const filled = (id: string) => interaction.fields.getTextInputValue(id).trim() || undefined;
    const song = songFrom(
      {
        lyrics: interaction.fields.getTextInputValue("lyrics"),
        genre: filled("genre"),
        artist: filled("artist"),
        seconds: numberIn(filled("seconds")),
      },
      house.model,
    );
    return ask(interaction, house, song);
  },
};

function numberIn(text: string | undefined): number | undefined {
  if (text !== undefined && !/^\d{1,6}$/.test(text)) throw new UserError(`Seconds are a whole number, not "${text}".`);
  return text === undefined ? undefined : Number(text);
}

export const singMenu: MessageCommand = {
  kind: "message",
  answer: "public",
  definition: new ContextMenuCommandBuilder()
    .setName("Sing this message")
    .setType(ApplicationCommandType.Message)
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  async run(interaction, house) {
    const lyrics = spoken(interaction.targetMessage.content);
    if (!lyrics.trim()) throw new UserError("There are no words in that message.");
    return ask(interaction, house, songFrom({ lyrics }, house.model));
  },
};
