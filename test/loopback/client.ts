/** A small bot on the real discord.js, for the self-tests of the double: it knows a command of each kind. */
import {
  ActionRowBuilder,
  ApplicationCommandType,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  Client,
  ContextMenuCommandBuilder,
  GatewayIntentBits,
  type Interaction,
  ModalBuilder,
  SlashCommandBuilder,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";

const definitions = [
  new SlashCommandBuilder()
    .setName("sing")
    .setDescription("Sings a note")
    .addStringOption((option) =>
      option.setName("genre").setDescription("such as jazz").setRequired(true).setAutocomplete(true),
    )
    .addIntegerOption((option) => option.setName("seconds").setDescription("how long").setMinValue(1).setMaxValue(9)),
  new SlashCommandBuilder().setName("lyrics").setDescription("Asks for words"),
  new ContextMenuCommandBuilder().setName("Sing this").setType(ApplicationCommandType.Message),
];

export const defaultIntents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates];

export interface ClientChoice {
  readonly intents?: readonly number[];
  readonly token?: string;
}

/** A client with the commands registered, that answers each kind of interaction. */
export async function startClient(
  discord: { readonly api: string; readonly token: string },
  { intents = defaultIntents, token = discord.token }: ClientChoice = {},
): Promise<Client<true>> {
  const client = new Client({ intents: [...intents], rest: { api: discord.api }, allowedMentions: { parse: [] } });
  client.on("error", () => undefined); // an emitter without a listener would end the process
  client.on("interactionCreate", (interaction) => void answerAll(interaction));
  const ready = new Promise<Client<true>>((resolve) => client.once("clientReady", resolve));
  try {
    await client.login(token);
  } catch (error) {
    await client.destroy();
    throw error;
  }
  const there = await ready;
  await there.application.commands.set(definitions.map((definition) => definition.toJSON()));
  return there;
}

async function answerAll(interaction: Interaction): Promise<void> {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    const genres = ["jazz", "jungle", "rock"].filter((genre) => genre.startsWith(typed));
    await interaction.respond(genres.map((genre) => ({ name: genre, value: genre })));
  } else if (interaction.isChatInputCommand() && interaction.commandName === "lyrics") {
    const words = new TextInputBuilder().setCustomId("words").setLabel("Words").setStyle(TextInputStyle.Paragraph);
    const row = new ActionRowBuilder<TextInputBuilder>().addComponents(words);
    await interaction.showModal(new ModalBuilder().setCustomId("lyrics").setTitle("Words to sing").addComponents(row));
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(`Words: ${interaction.fields.getTextInputValue("words")}`);
  } else if (interaction.isChatInputCommand()) {
    await interaction.deferReply();
    const genre = interaction.options.getString("genre", true);
    const button = new ButtonBuilder().setCustomId("again").setLabel("Again").setStyle(ButtonStyle.Primary);
    const row = new ActionRowBuilder<ButtonBuilder>().addComponents(button);
    await interaction.editReply({
      content: `Singing ${genre} for ${interaction.options.getInteger("seconds")} s`,
      components: [row],
    });
    const file = new AttachmentBuilder(Buffer.from("la la la"), { name: "song.ogg", description: "a song" });
    await interaction.followUp({ content: "Here it is", files: [file] });
  } else if (interaction.isMessageContextMenuCommand()) {
    await interaction.reply({ content: `You wrote: ${interaction.targetMessage.content}`, flags: 64 });
  } else if (interaction.isButton()) {
    await interaction.update({ content: "Again!", components: [] });
  }
}
