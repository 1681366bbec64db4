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
import { songFrom } from "../song/song-from.ts";
import { checkSinger } from "../song/sung-plan.ts";
import { ask } from "./ask.ts";
import type { AskingCommand, FormCommand, MessageCommand } from "./command.ts";
import * as texts from "./texts.ts";

const formId = "sing";

export const singCommand: AskingCommand = {
  kind: "asking",
  definition: new SlashCommandBuilder()
    .setName("sing")
    .setDescription(texts.hints.sing)
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  form({ model }) {
    checkSinger(model);
    const short = (id: string, hint: string) =>
      field(id, TextInputStyle.Short, 100).setRequired(false).setPlaceholder(hint);
    const fields = {
      Lyrics: field("lyrics", TextInputStyle.Paragraph, 4000),
      Genre: short("genre", texts.hints.genre),
      Artist: short("artist", texts.hints.artist),
      ...moodField(model, short),
      Seconds: short("seconds", texts.hints.seconds),
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
function moodField({ metre }: ModelCard, short: (id: string, hint: string) => TextInputBuilder) {
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
  sameAs: () => singCommand.definition.name,

  async run(interaction, context) {
    const { fields } = interaction;
    const filled = (id: string) => (fields.fields.has(id) ? fields.getTextInputValue(id).trim() : "") || undefined;
    const { text: lyrics, notes } = await context.cleanLyrics(fields.getTextInputValue("lyrics"));
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
    return ask(interaction, context, song, { notes });
  },
};

function numberIn(text: string | undefined): number | undefined {
  if (text !== undefined && !/^\d{1,6}$/.test(text)) throw new UserError(texts.secondsAreWhole(text));
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
  sameAs: () => singCommand.definition.name,

  async run(interaction, context) {
    const { content, messageSnapshots } = interaction.targetMessage; // the latter of a forwarded one
    const pasted = [content, ...messageSnapshots.map((forwarded) => forwarded.content ?? "")].join("\n");
    if (!pasted.trim()) throw new UserError(texts.noWordsInMessage);
    const { text: lyrics, notes } = await context.cleanLyrics(pasted);
    return ask(interaction, context, songFrom({ lyrics }, context.model), { notes });
  },
};
