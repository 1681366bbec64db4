/** From an interaction to its command: defers at once, lets the command do its work, and answers for its failures. */
import { setTimeout as pause } from "node:timers/promises";
import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
  MessageFlags,
} from "discord.js";
import type { Asking } from "../../commands/ask.ts";
import type { AskingCommand, BotContext, Command } from "../../commands/command.ts";
import { log } from "../../log.ts";
import { refusalOf } from "./messages.ts";
import { failureText, isOurs } from "./texts.ts";

/** Handles one interaction; never throws. */
export async function dispatch(
  interaction: Interaction,
  commands: readonly Command[],
  context: BotContext,
): Promise<void> {
  try {
    if (interaction.isAutocomplete()) return await complete(interaction, commands, context);
    if (!interaction.isRepliable()) return;
    if (interaction.isChatInputCommand() && interaction.inCachedGuild()) {
      const asking = commands.find((one) => one.kind === "asking" && one.definition.name === interaction.commandName);
      if (asking?.kind === "asking") return await hand(interaction, asking, context);
    }
    const work = interaction.inCachedGuild() ? workFor(interaction, commands, context) : undefined;
    if (work === undefined) {
      const content = interaction.inCachedGuild() ? "I don't know that command any more." : "I only play in servers.";
      await interaction.reply({ content, flags: MessageFlags.Ephemeral });
      return;
    }
    await defer(work.interaction, work.command.answer);
    await answer(work);
  } catch (error) {
    log("warning", `an interaction of type ${interaction.type} could not be answered`, error);
  }
}

/** Answers with a form, at once: after a deferral Discord takes none. */
async function hand(
  interaction: ChatInputCommandInteraction<"cached">,
  asking: AskingCommand,
  context: BotContext,
): Promise<void> {
  let form: ReturnType<AskingCommand["form"]>;
  try {
    form = asking.form(context);
  } catch (error) {
    if (isOurs(error)) log("error", `the command ${asking.definition.name} failed`, error);
    await interaction.reply({ content: failureText(error), flags: MessageFlags.Ephemeral });
    return;
  }
  await interaction.showModal(form);
}

interface Work {
  readonly interaction: Asking;
  readonly command: Exclude<Command, AskingCommand>;
  run(): Promise<string | undefined>;
}

function workFor(
  interaction: Interaction<"cached">,
  commands: readonly Command[],
  context: BotContext,
): Work | undefined {
  for (const command of commands)
    switch (command.kind) {
      case "slash":
        if (interaction.isChatInputCommand() && interaction.commandName === command.definition.name)
          return { interaction, command, run: () => command.run(interaction, context) };
        break;
      case "message":
        if (interaction.isMessageContextMenuCommand() && interaction.commandName === command.definition.name)
          return { interaction, command, run: () => command.run(interaction, context) };
        break;
      case "asking":
        break; // it has its answer already
      case "form":
        if (interaction.isModalSubmit() && interaction.customId.startsWith(command.prefix))
          return { interaction, command, run: () => command.run(interaction, context) };
        break;
      case "button":
        if (interaction.isButton() && interaction.customId.startsWith(command.prefix))
          return { interaction, command, run: () => command.run(interaction, context) };
        break;
    }
  return undefined;
}

const deferTries = 3;

/** Discord waits three seconds for the first answer; if it is out of order itself, there is time to try again. */
async function defer(interaction: Asking, answer: "public" | "private"): Promise<void> {
  for (let tried = 1; ; tried++)
    try {
      await interaction.deferReply(answer === "private" ? { flags: MessageFlags.Ephemeral } : {});
      return;
    } catch (error) {
      if (refusalOf(error) !== "busy" || tried === deferTries) throw error;
      await pause(250 * tried);
    }
}

async function answer({ interaction, command, run }: Work): Promise<void> {
  try {
    const text = await run();
    if (text !== undefined) await interaction.editReply(text);
  } catch (error) {
    const name = "prefix" in command ? command.prefix : command.definition.name;
    if (isOurs(error)) log("error", `the command ${name} failed`, error);
    await interaction.editReply(failureText(error));
  }
}

const [mostChoices, mostCharacters] = [25, 100];

async function complete(
  interaction: AutocompleteInteraction,
  commands: readonly Command[],
  context: BotContext,
): Promise<void> {
  const found = commands.find((one) => "complete" in one && one.definition.name === interaction.commandName);
  let choices: readonly string[] = [];
  try {
    if (interaction.inCachedGuild() && found !== undefined && "complete" in found)
      choices = (await found.complete?.(interaction, context)) ?? [];
  } catch (error) {
    log("error", `completing ${interaction.commandName} failed`, error); // the list stays empty
  }
  const fitting = choices.filter((choice) => choice.length <= mostCharacters).slice(0, mostChoices);
  await interaction.respond(fitting.map((choice) => ({ name: choice, value: choice })));
}
