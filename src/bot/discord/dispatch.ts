/** From an interaction to its command: lets the command do its work, and answers in time, in the right place, and for its failures. */
import { setTimeout as pause } from "node:timers/promises";
import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
  InteractionResponseType,
  MessageFlags,
} from "discord.js";
import type {
  Answer,
  AskingCommand,
  BotContext,
  Choice,
  Command,
  GuildInteraction,
  NewJob,
} from "../../commands/command.ts";
import { log } from "../../log.ts";
import { acknowledge, defer, reply } from "./acknowledge.ts";
import { withRetries } from "./messages.ts";
import { failureText, isOurs, notHereText, unknownCommandText } from "./texts.ts";

/** Handles one interaction; never throws. */
export async function dispatch(
  interaction: Interaction,
  commands: readonly Command[],
  context: BotContext,
): Promise<void> {
  try {
    if (interaction.isAutocomplete()) return await complete(interaction, commands, context);
    if (!interaction.isRepliable()) return;
    if (!interaction.inCachedGuild()) return await reply(interaction, notHereText(interaction), { isPrivate: true });
    if (interaction.isChatInputCommand()) {
      const asking = commands.find((one) => one.kind === "asking" && one.definition.name === interaction.commandName);
      if (asking?.kind === "asking") return await showForm(interaction, asking, context);
    }
    const work = workFor(interaction, commands, context);
    if (work === undefined) return await reply(interaction, unknownCommandText, { isPrivate: true });
    await (work.command.answer === "private" ? answerInPrivate(work) : answerInPublic(work, context));
  } catch (error) {
    log("warning", `interaction ${interaction.id} of type ${interaction.type} could not be answered`, error);
  }
}

/** Answers with a form, at once: after a deferral Discord takes none. */
async function showForm(
  interaction: ChatInputCommandInteraction<"cached">,
  asking: AskingCommand,
  context: BotContext,
): Promise<void> {
  let data: ReturnType<AskingCommand["form"]>;
  try {
    data = asking.form(context);
  } catch (error) {
    return reply(interaction, wordsFor(error, interaction, asking.definition.name), { isPrivate: true });
  }
  await acknowledge(interaction, { type: InteractionResponseType.Modal, data });
}

interface Work {
  readonly interaction: GuildInteraction;
  readonly command: Exclude<Command, AskingCommand>;
  run(): Promise<Answer>;
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
          return { interaction, command, run: () => permitted(interaction, command, context) };
        break;
      case "asking":
        break; // it has its answer already
      case "form":
        if (interaction.isModalSubmit() && interaction.customId.startsWith(command.prefix))
          return { interaction, command, run: () => permitted(interaction, command, context) };
        break;
      case "button":
        if (interaction.isButton() && interaction.customId.startsWith(command.prefix))
          return { interaction, command, run: () => permitted(interaction, command, context) };
        break;
    }
  return undefined;
}

interface Permitted<Doing extends GuildInteraction> {
  sameAs(interaction: Doing, context: BotContext): string;
  run(interaction: Doing, context: BotContext): Promise<Answer>;
}

async function permitted<Doing extends GuildInteraction>(
  interaction: Doing,
  command: Permitted<Doing>,
  context: BotContext,
) {
  await context.refuseIfDenied(interaction, command.sameAs(interaction, context));
  return command.run(interaction, context);
}

/** What came of a command. */
type Outcome = { readonly answer: Answer } | { readonly refusal: string };

async function outcomeOf({ interaction, command, run }: Work): Promise<Outcome> {
  try {
    return { answer: await run() };
  } catch (error) {
    return { refusal: wordsFor(error, interaction, "prefix" in command ? command.prefix : command.definition.name) };
  }
}

/** The words for a command's error, which is logged if it is a bug. */
function wordsFor(error: unknown, { id }: { readonly id: string }, name: string): string {
  if (isOurs(error)) log("error", `the command ${name} failed (interaction ${id})`, error);
  return failureText(error, id);
}

async function answerInPrivate(work: Work): Promise<void> {
  await defer(work.interaction, { isPrivate: true });
  const outcome = await outcomeOf(work);
  const text = "refusal" in outcome ? outcome.refusal : outcome.answer;
  if (typeof text === "string") await insist(() => work.interaction.editReply(text));
}

/** Whatever is not decided by then is answered later. */
const decideMs = 400;

/** A success goes to the channel, a refusal to the one who asked: what kind of answer it is, is waited for as long as Discord waits. */
async function answerInPublic(work: Work, context: BotContext): Promise<void> {
  const { interaction } = work;
  const outcome = outcomeOf(work);
  const early = await Promise.race([outcome, pause(decideMs, undefined, { ref: false })]);
  if (early !== undefined && "refusal" in early) return reply(interaction, early.refusal, { isPrivate: true });
  if (typeof early?.answer === "string") return reply(interaction, early.answer, { isPrivate: false });
  await defer(interaction, { isPrivate: false });
  const late = await outcome;
  if ("refusal" in late) return refuseAfterAll(interaction, late.refusal);
  const { answer } = late;
  if (typeof answer === "string") await insist(() => interaction.editReply(answer));
  else if (answer !== undefined) await enqueue(work, answer, context);
}

/** From here on there is a message in which the song can be told of and posted. */
async function enqueue({ interaction }: Work, { request, codes }: NewJob, context: BotContext): Promise<void> {
  try {
    context.follow(await context.queue.add(request, codes));
  } catch (error) {
    await refuseAfterAll(interaction, wordsFor(error, interaction, "queue"));
  }
}

/** What everyone sees at work by now is taken away, and the refusal told in private. */
async function refuseAfterAll(interaction: GuildInteraction, content: string): Promise<void> {
  await insist(() => interaction.deleteReply());
  await insist(() => interaction.followUp({ content, flags: MessageFlags.Ephemeral }));
}

/** Tries again while Discord is out of order: nobody shall be left with a bot that is "thinking". */
const insist = (task: () => Promise<unknown>) =>
  withRetries(task, { firstMs: 250, tries: 5, signal: new AbortController().signal });

const [mostChoices, mostCharacters] = [25, 100];

async function complete(
  interaction: AutocompleteInteraction,
  commands: readonly Command[],
  context: BotContext,
): Promise<void> {
  const found = commands.find((one) => "complete" in one && one.definition.name === interaction.commandName);
  let choices: readonly Choice[] = [];
  try {
    if (interaction.inCachedGuild() && found !== undefined && "complete" in found)
      choices = (await found.complete?.(interaction, context)) ?? [];
  } catch (error) {
    log("error", `completing ${interaction.commandName} failed`, error); // the list stays empty
  }
  const fitting = choices.map(toChoice).filter(({ value }) => value.length <= mostCharacters);
  await interaction.respond(fitting.slice(0, mostChoices));
}

/** A name may be cut short; a value may not. */
function toChoice(choice: Choice): Exclude<Choice, string> {
  const { name, value } = typeof choice === "string" ? { name: choice, value: choice } : choice;
  return { name: name.length > mostCharacters ? `${name.slice(0, mostCharacters - 1)}…` : name, value };
}
