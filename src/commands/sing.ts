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
import type { ModelCard } from "../inference/engine.ts";
import { moodIn, moodNames } from "../song/mood.ts";
import { songFrom } from "../song/song.ts";
import { checkSinger } from "../song/sung-plan.ts";
import { ask } from "./ask.ts";
import type { AskingCommand, FormCommand, MessageCommand } from "./command.ts";
import { hints } from "./names.ts";
import { sungIn } from "./text.ts";

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
      Genre: short("genre", hints.genre),
      Artist: short("artist", hints.artist),
      ...spiritField(model, short),
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

/** Forms have room for five fields: mood and dynamics share one, where the model knows them. */
function spiritField({ metre }: ModelCard, short: (id: string, hint: string) => TextInputBuilder) {
  const known = [moodNames("mood", metre), moodNames("dynamics", metre)].filter((names) => names.length > 0);
  if (known.length === 0) return {};
  const hint = known.map((names) => names.join(" or ")).join(", ");
  return { "Mood and dynamics": short("spirit", hint.slice(0, mostHintCharacters)) };
}

const mostHintCharacters = 100;

const field = (id: string, style: TextInputStyle, most: number) =>
  new TextInputBuilder().setCustomId(id).setStyle(style).setMaxLength(most);

export const singForm: FormCommand = {
  kind: "form",
  answer: "public",
  prefix: formId,

  async run(interaction, context) {
    const { fields } = interaction;
    const filled = (id: string) => (fields.fields.has(id) ? fields.getTextInputValue(id).trim() : "") || undefined;
    const { lyrics, ...noted } = sungIn(fields.getTextInputValue("lyrics"));
    const song = songFrom(
      {
        lyrics,
        genre: filled("genre"),
        artist: filled("artist"),
        ...moodIn(filled("spirit") ?? "", context.model.metre),
        seconds: numberIn(filled("seconds")),
      },
      context.model,
    );
    return ask(interaction, context, song, noted);
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

  async run(interaction, context) {
    const { content } = interaction.targetMessage;
    if (!content.trim()) throw new UserError("There are no words in that message.");
    const { lyrics, ...noted } = sungIn(content);
    return ask(interaction, context, songFrom({ lyrics }, context.model), noted);
  },
};
