/** What a command is: its definition for Discord, how it answers, and what it does. */
import type {
  APIModalInteractionResponseCallbackData,
  AutocompleteInteraction,
  ButtonInteraction,
  ChatInputCommandInteraction,
  CommandInteraction,
  MessageComponentInteraction,
  MessageContextMenuCommandInteraction,
  ModalSubmitInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
  RESTPostAPIContextMenuApplicationCommandsJSONBody,
} from "discord.js";
import type { Codes, Encoded, ModelCard } from "../inference/engine.ts";
import type { PastedLyrics } from "../lyrics/pasted/lyrics.ts";
import type { JobView, Request } from "../queue/job.ts";
import type { Queue } from "../queue/queue.ts";
import type { Labels, Song } from "../song/song.ts";
import type { Clip } from "../store/clips.ts";
import type { Reply } from "../store/reply.ts";
import type { Store } from "../store/store.ts";

/** An interaction in a guild that can be answered. */
export type GuildInteraction =
  | CommandInteraction<"cached">
  | MessageComponentInteraction<"cached">
  | ModalSubmitInteraction<"cached">;

/** A file that someone attached to a message or a command. */
export interface Attached {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
}

/** Where a message is. */
export interface MessagePlace {
  readonly guildId: string | undefined;
  readonly messageId: string;
}

/** What commands may use of the bot. */
export interface BotContext {
  readonly model: ModelCard;
  readonly queue: Queue<Reply>;
  readonly store: Store;
  /** How long an interaction's token is used. */
  readonly replyMs: number;
  /** Pasted lyrics as they are sung, in another thread; throws a UserError if nothing is left of them. */
  cleanLyrics(pasted: string): Promise<PastedLyrics>;
  /** The song as labels, in another thread; throws a UserError for a song that can't be generated. */
  labelsFor(song: Song): Promise<Labels>;
  /** Shows a job's state in its status message from now on. */
  follow(job: JobView<Reply>): void;
  /** Throws a UserError if the server's settings deny the slash command of this name to the one who asks. */
  refuseIfDenied(interaction: GuildInteraction, name: string): Promise<void>;
  /** Whether a clip's message was not deleted. */
  stillThere(clip: Clip): Promise<boolean>;
  /** Fetches a sound file from Discord and turns its beginning into codes; a user's files one at a time. */
  readSound(file: Attached, options: { readonly maxSeconds: number; readonly userId: string }): Promise<Encoded>;
  /** The message that another one forwards, as far as it may be looked at. */
  forwarded(channelId: string, messageId: string): Promise<MessagePlace | undefined>;
  /** Posts a kept clip as a further answer; if that can't be, returns why, in words. */
  deliver(clip: Clip, reply: Reply): Promise<string | undefined>;
}

/** What is to be put into the queue, where there is room for it now; `codes` are those of a file that the song begins with. */
export interface NewJob {
  readonly request: Request<Reply>;
  readonly codes?: Codes | undefined;
}

/** A text, or a job for the queue, whose state is shown from then on; nothing from a private command that has answered by itself. */
export type Answer = string | NewJob | undefined;

/** What is offered while an option is typed: a value, and what it is called where that is not the same. */
export type Choice = string | { readonly name: string; readonly value: string };

/** Who sees the answer, which is what `run` returns. A refusal is seen by no one but the one who asked. */
interface Answering<Interaction> {
  readonly answer: "public" | "private";
  run(interaction: Interaction, context: BotContext): Promise<Answer>;
}

/** Discord doesn't know that this does the same as a slash command: the bot sees to it that who may not use the one can't use the other. */
interface Permitted<Interaction> extends Answering<Interaction> {
  /** The name of that slash command. */
  sameAs(interaction: Interaction, context: BotContext): string;
}

/** A command one types. */
export interface SlashCommand extends Answering<ChatInputCommandInteraction<"cached">> {
  readonly kind: "slash";
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  /** Choices for the option being typed, best first. */
  complete?(interaction: AutocompleteInteraction<"cached">, context: BotContext): Promise<readonly Choice[]>;
}

/** A command one types that is answered with a form, which can't be deferred; filled in, it comes back to a form's command. */
export interface AskingCommand {
  readonly kind: "asking";
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  /** The form, whose custom id is that of the form's command. */
  form(context: BotContext): APIModalInteractionResponseCallbackData;
}

/** A form that was filled in; its custom id begins so. */
export interface FormCommand extends Permitted<ModalSubmitInteraction<"cached">> {
  readonly kind: "form";
  readonly prefix: string;
}

/** A command in the menu of a message. */
export interface MessageCommand extends Permitted<MessageContextMenuCommandInteraction<"cached">> {
  readonly kind: "message";
  readonly definition: RESTPostAPIContextMenuApplicationCommandsJSONBody;
}

/** A button under a message; its custom id begins so. */
export interface ButtonCommand extends Permitted<ButtonInteraction<"cached">> {
  readonly kind: "button";
  readonly prefix: string;
}

export type Command = SlashCommand | AskingCommand | FormCommand | MessageCommand | ButtonCommand;
