/** What a command is: its definition for Discord, how it answers, and what it does. */
import type {
  APIModalInteractionResponseCallbackData,
  AutocompleteInteraction,
  ButtonInteraction,
  ChatInputCommandInteraction,
  MessageContextMenuCommandInteraction,
  ModalSubmitInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
  RESTPostAPIContextMenuApplicationCommandsJSONBody,
} from "discord.js";
import type { Encoded, ModelCard } from "../inference/engine.ts";
import type { Job, Reply } from "../queue/job.ts";
import type { Queue } from "../queue/queue.ts";
import type { Labels, Song } from "../song/song.ts";
import type { Clip } from "../store/clips.ts";
import type { Store } from "../store/store.ts";

/** A file that someone attached to a message or a command. */
export interface Attached {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
}

/** What commands may use of the house. */
export interface BotContext {
  readonly model: ModelCard;
  readonly queue: Queue;
  readonly store: Store;
  /** How long an interaction's token is used. */
  readonly replyMs: number;
  /** The song as numbers, thought out in another thread; throws a UserError for what can't be made. */
  labelsFor(song: Song): Promise<Labels>;
  /** Tells a job's states in its reply from now on. */
  follow(job: Job): void;
  /** Whether a clip's message was not deleted. */
  stillThere(clip: Clip): Promise<boolean>;
  /** Fetches a sound file from Discord and turns its beginning into codes; a user's files one at a time. */
  readSound(file: Attached, options: { readonly maxSeconds: number; readonly userId: string }): Promise<Encoded>;
  /** Posts a kept clip as a further answer. */
  deliver(clip: Clip, reply: Reply): Promise<void>;
}

/** Who sees the answer. What `run` returns is the answer; nothing, if it is told otherwise. */
interface Answering<Interaction> {
  readonly answer: "public" | "private";
  run(interaction: Interaction, context: BotContext): Promise<string | undefined>;
}

/** A command one types. */
export interface SlashCommand extends Answering<ChatInputCommandInteraction<"cached">> {
  readonly kind: "slash";
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  /** Choices for the option being typed, best first. */
  complete?(interaction: AutocompleteInteraction<"cached">, context: BotContext): Promise<readonly string[]>;
}

/** A command one types that is answered with a form, which can't be deferred; filled in, it comes back to a form's command. */
export interface AskingCommand {
  readonly kind: "asking";
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  /** The form, whose custom id is that of the form's command. */
  form(context: BotContext): APIModalInteractionResponseCallbackData;
}

/** A form that was filled in; its custom id begins so. */
export interface FormCommand extends Answering<ModalSubmitInteraction<"cached">> {
  readonly kind: "form";
  readonly prefix: string;
}

/** A command in the menu of a message. */
export interface MessageCommand extends Answering<MessageContextMenuCommandInteraction<"cached">> {
  readonly kind: "message";
  readonly definition: RESTPostAPIContextMenuApplicationCommandsJSONBody;
}

/** A button under a message; its custom id begins so. */
export interface ButtonCommand extends Answering<ButtonInteraction<"cached">> {
  readonly kind: "button";
  readonly prefix: string;
}

export type Command = SlashCommand | AskingCommand | FormCommand | MessageCommand | ButtonCommand;
