/** Messages as the double keeps them, and what a reader sees in them. */
import type { APIEmbed, APIMessageTopLevelComponent } from "discord.js";
import { timeOf } from "./ids.ts";
import { type Fields, fields, list, number, text } from "./json.ts";
import { wireUser } from "./wire.ts";
import type { Channel, User } from "./world.ts";

/** Flag bits of a message. */
export const messageFlag = { ephemeral: 1 << 6, loading: 1 << 7, voice: 1 << 13, componentsV2: 1 << 15 } as const;

export interface Attachment {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly url: string;
  readonly description: string | undefined;
  readonly durationSecs: number | undefined;
  readonly waveform: string | undefined;
}

export interface Message {
  readonly id: string;
  readonly channelId: string;
  readonly guildId: string | undefined;
  readonly author: User;
  readonly content: string;
  readonly embeds: readonly APIEmbed[];
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly flags: number;
  readonly attachments: readonly Attachment[];
  /** Id of the message it replies to. */
  readonly reference: string | undefined;
  /** The message that it forwards. */
  readonly forwards: Message | undefined;
  /** Users that the content names and the allowed mentions let be pinged. */
  readonly mentions: readonly User[];
  /** The field as it was last sent. */
  readonly allowedMentions: Fields | undefined;
  readonly nonce: string | undefined;
  /** How often it was edited. */
  readonly edits: number;
  readonly editedAt: number | undefined;
  readonly deleted: boolean;
  /** Set when it answers an interaction. */
  readonly interactionId: string | undefined;
}

/** What may change in a message once it is there. */
export type Change = Partial<Omit<Message, "id" | "channelId" | "guildId" | "author">>;

/** Replaces what changes in the very message that others hold; the snapshots in a log stay as they were. */
export function change(message: Message, by: Change): Message {
  return Object.assign(message, by);
}

export const isEphemeral = (message: Message): boolean => (message.flags & messageFlag.ephemeral) !== 0;

export const isThinking = (message: Message): boolean => (message.flags & messageFlag.loading) !== 0;

export interface Button {
  readonly customId: string;
  readonly label: string;
  readonly style: number;
  readonly disabled: boolean;
}

/** Each component of a message, however deep it sits. */
export function* componentsOf(message: Message): Generator<Fields> {
  yield* walk(message.components);
}

function* walk(components: readonly unknown[]): Generator<Fields> {
  for (const component of components.map(fields)) {
    yield component;
    yield* walk(list(component.components));
    if (component.accessory !== undefined) yield* walk([component.accessory]);
    if (component.component !== undefined) yield* walk([component.component]);
  }
}

export const buttonsOf = (message: Message): readonly Button[] =>
  [...componentsOf(message)]
    .filter((component) => component.type === 2)
    .map((component) => ({
      customId: text(component.custom_id),
      label: text(component.label) || text(fields(component.emoji).name),
      style: number(component.style),
      disabled: component.disabled === true,
    }));

/** All words a reader sees: content, embeds and text components, a line each. */
export function textOf(message: Message): string {
  const shown = message.embeds.flatMap((embed) => [
    embed.author?.name,
    embed.title,
    embed.description,
    ...(embed.fields ?? []).flatMap(({ name, value }) => [name, value]),
    embed.footer?.text,
  ]);
  const displays = [...componentsOf(message)].filter(({ type }) => type === 10).map(({ content }) => text(content));
  return [message.content, ...shown, ...displays].filter((line) => line !== undefined && line !== "").join("\n");
}

const wireAttachment = (attachment: Attachment): Fields => ({
  id: attachment.id,
  filename: attachment.filename,
  size: attachment.size,
  content_type: attachment.contentType,
  url: attachment.url,
  proxy_url: attachment.url,
  ...(attachment.description === undefined ? {} : { description: attachment.description }),
  ...(attachment.durationSecs === undefined ? {} : { duration_secs: attachment.durationSecs }),
  ...(attachment.waveform === undefined ? {} : { waveform: attachment.waveform }),
});

/** What a message that forwards another one tells of it: where it is to everyone, what it holds only to readers of content. */
function forwarding({ id, channelId, guildId, ...message }: Message, hidden: boolean): Fields {
  const reference = { type: 1, message_id: id, channel_id: channelId, ...(guildId && { guild_id: guildId }) };
  const snapshot = {
    type: 0,
    content: message.content,
    embeds: message.embeds,
    attachments: message.attachments.map(wireAttachment),
    components: message.components,
    mentions: message.mentions.map(wireUser),
    mention_roles: [],
    flags: message.flags,
    timestamp: new Date(timeOf(id)).toISOString(),
    edited_timestamp: null,
  };
  return { message_reference: reference, message_snapshots: hidden ? [] : [{ message: snapshot }] };
}

/** A message in the words of the API; `hidden` empties what only readers of content may see. */
export function wireMessage(message: Message, channel: Channel, { hidden = false } = {}): Fields {
  const referenced = channel.messages.find(({ id, deleted }) => id === message.reference && !deleted);
  return {
    id: message.id,
    type: message.reference === undefined ? 0 : 19,
    channel_id: message.channelId,
    ...(message.guildId === undefined ? {} : { guild_id: message.guildId }),
    author: wireUser(message.author),
    content: hidden ? "" : message.content,
    timestamp: new Date(timeOf(message.id)).toISOString(),
    edited_timestamp: message.editedAt === undefined ? null : new Date(message.editedAt).toISOString(),
    tts: false,
    mention_everyone: false,
    mentions: message.mentions.map(wireUser),
    mention_roles: [],
    attachments: hidden ? [] : message.attachments.map(wireAttachment),
    embeds: hidden ? [] : message.embeds,
    components: hidden ? [] : message.components,
    pinned: false,
    flags: message.flags,
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    ...(message.forwards === undefined ? {} : forwarding(message.forwards, hidden)),
    ...(message.reference === undefined
      ? {}
      : {
          message_reference: { type: 0, message_id: message.reference, channel_id: message.channelId },
          referenced_message: referenced ? { ...wireMessage({ ...referenced, reference: undefined }, channel) } : null,
        }),
  };
}
