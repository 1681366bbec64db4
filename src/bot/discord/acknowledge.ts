/** The first answer to an interaction. Discord waits three seconds for it, and what Discord says to it may get lost. */
import { setTimeout as pause } from "node:timers/promises";
import {
  type APIInteractionResponse,
  DiscordAPIError,
  InteractionResponseType,
  MessageFlags,
  type RepliableInteraction,
  Routes,
} from "discord.js";
import { refusalOf } from "./messages.ts";

/** An interaction that takes messages. */
export type Answerable = Pick<RepliableInteraction, "client" | "id" | "token" | "deferred" | "replied">;

const tries = 6;
const firstWaitMs = 250;
/** One request; a connection that hangs must not use up the three seconds. */
const requestMs = 2000;
const alreadyAcknowledged = 40060;

/** Posts the first answer; one that arrived although its confirmation was lost counts as well. */
export async function acknowledge({ client, id, token }: Answerable, body: APIInteractionResponse): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      const signal = AbortSignal.timeout(requestMs);
      await client.rest.post(Routes.interactionCallback(id, token), { body, auth: false, signal });
      return;
    } catch (error) {
      if (tried > 1 && error instanceof DiscordAPIError && error.code === alreadyAcknowledged) return;
      if (refusalOf(error) !== "busy" || tried === tries) throw error;
    }
    await pause(firstWaitMs * 2 ** (tried - 1));
  }
}

/** Shows that the bot is at work; the answer follows. */
export async function defer(interaction: Answerable, { isPrivate }: { readonly isPrivate: boolean }): Promise<void> {
  const data = isPrivate ? { flags: MessageFlags.Ephemeral as const } : {};
  await acknowledge(interaction, { type: InteractionResponseType.DeferredChannelMessageWithSource, data });
  interaction.deferred = true; // so that the library edits it from now on
}

/** Answers at once, with words alone. */
export async function reply(
  interaction: Answerable,
  content: string,
  { isPrivate }: { readonly isPrivate: boolean },
): Promise<void> {
  const data = { content, allowed_mentions: { parse: [] }, ...(isPrivate && { flags: MessageFlags.Ephemeral }) };
  await acknowledge(interaction, { type: InteractionResponseType.ChannelMessageWithSource, data });
  interaction.replied = true;
}
