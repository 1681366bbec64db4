/** Messages to Discord: the one door through which all of them go, so that none can ping whom it does not name. */
import { setTimeout as pause } from "node:timers/promises";
import {
  type APIChannel,
  type APIMessage,
  DiscordAPIError,
  HTTPError,
  MessageReferenceType,
  type REST,
  type RESTPostAPIChannelMessageJSONBody,
  type RouteLike,
  Routes,
} from "discord.js";
import type { MessagePlace } from "../../commands/command.ts";
import type { Reply, StatusMessage } from "../../store/reply.ts";

/** A message to be sent or edited. */
export interface MessagePayload {
  readonly content: string;
  readonly files?: readonly { readonly name: string; readonly data: Buffer; readonly contentType: string }[];
  readonly components?: RESTPostAPIChannelMessageJSONBody["components"];
  /** Of no use where buttons lead nowhere: in a direct message. */
  readonly needsButtons?: boolean;
  /** The one user it may ping. */
  readonly mention?: string;
  /** The message it answers, if that is still there. */
  readonly replyTo?: string | undefined;
  /** The same for the same message: Discord then sends it only once. At most 25 characters. */
  readonly nonce?: string;
}

/** Why Discord did not take a request. */
export type Refusal =
  /** The interaction's token is too old. */
  | "late"
  /** The message is deleted. */
  | "gone"
  | "forbidden"
  /** The file is too large. */
  | "large"
  /** Discord is out of order or out of reach: later it may work. */
  | "busy"
  | "other";

const byCode: Readonly<Record<string, Refusal>> = {
  // Sorted by number; those that are not here go by their status.
  10003: "forbidden", // unknown channel
  10004: "forbidden", // unknown guild
  10008: "gone",
  10015: "late", // unknown webhook
  10062: "late", // unknown interaction
  20016: "busy", // slow mode
  40005: "large",
  40333: "busy", // an error inside Discord
  50001: "forbidden", // missing access
  50007: "forbidden", // this user takes no direct messages
  50013: "forbidden", // missing permissions
  50027: "late",
  50083: "forbidden", // the thread is archived
  130000: "busy", // overloaded
  160005: "forbidden", // the thread is locked
};

/** Sorts an error of a request by what can be done about it. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof DiscordAPIError) {
    const known = byCode[error.code];
    if (known !== undefined) return known;
    return error.status === 403 ? "forbidden" : error.status === 413 ? "large" : "other";
  }
  if (error instanceof HTTPError) return error.status >= 500 ? "busy" : error.status === 413 ? "large" : "other";
  if (!(error instanceof Error)) return "other";
  const code = "code" in error ? String(error.code) : "";
  // Slower than the longest time, cut off, or refused on the way: by its name, undici's codes, or the system's.
  return error.name === "AbortError" || /^(UND_ERR_\w+|E[A-Z]+)$/.test(code) ? "busy" : "other";
}

export interface Patience {
  readonly firstMs: number;
  readonly tries: number;
  readonly signal: AbortSignal;
}

/** Tries again while Discord is busy, waiting twice as long each time; throws the last error or the signal's reason. */
export async function withRetries<Result>(task: () => Promise<Result>, patience: Patience): Promise<Result> {
  const { firstMs, tries, signal } = patience;
  for (let tried = 1; ; tried++) {
    try {
      signal.throwIfAborted();
      return await task();
    } catch (error) {
      signal.throwIfAborted();
      if (refusalOf(error) !== "busy" || tried >= tries) throw error;
      await pause(firstMs * 2 ** (tried - 1), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** Where a message went. */
export interface Sent {
  readonly id: string;
  readonly channelId: string;
}

export interface MessageClient {
  /** Edits the first answer to an interaction, or another message that tells how its job stands. */
  edit(reply: Reply, status: StatusMessage | "original", payload: MessagePayload, signal?: AbortSignal): Promise<Sent>;
  /** A further answer to an interaction. */
  followUp(reply: Reply, payload: MessagePayload, signal?: AbortSignal): Promise<Sent>;
  send(channelId: string, payload: MessagePayload, signal?: AbortSignal): Promise<Sent>;
  direct(userId: string, payload: MessagePayload, signal?: AbortSignal): Promise<Sent>;
  /** False if the message was deleted; true if it is there or can't be looked at. */
  exists(channelId: string, messageId: string): Promise<boolean>;
  /** The message that this one forwards; nothing if it forwards none or can't be looked at. */
  forwarded(channelId: string, messageId: string): Promise<MessagePlace | undefined>;
}

/** Mail over a REST client. */
export function createMessageClient(rest: REST): MessageClient {
  const deliver = async (
    method: "post" | "patch",
    route: RouteLike,
    payload: MessagePayload,
    options: Options,
  ): Promise<Sent> => {
    const { auth = true, signal } = options;
    const body = await requestBodyOf(payload);
    const message = (await rest[method](route, { ...body, auth, ...(signal && { signal }) })) as APIMessage;
    return { id: message.id, channelId: message.channel_id };
  };
  const messages: MessageClient = {
    edit(reply, status, payload, signal) {
      if (status !== "original" && status.via === "channel")
        return deliver("patch", Routes.channelMessage(reply.channelId, status.id), payload, { signal });
      const id = status === "original" ? "@original" : status.id;
      const route = Routes.webhookMessage(reply.applicationId, reply.token, id);
      return deliver("patch", route, payload, { signal, auth: false });
    },
    followUp: (reply, payload, signal) =>
      deliver("post", Routes.webhook(reply.applicationId, reply.token), payload, { signal, auth: false }),
    send: (channelId, payload, signal) => deliver("post", Routes.channelMessages(channelId), payload, { signal }),
    async direct(userId, payload, signal) {
      const body = { recipient_id: userId };
      const channel = (await rest.post(Routes.userChannels(), { body, ...(signal && { signal }) })) as APIChannel;
      return messages.send(channel.id, payload, signal);
    },
    async exists(channelId, messageId) {
      try {
        await rest.get(Routes.channelMessage(channelId, messageId));
        return true;
      } catch (error) {
        return refusalOf(error) !== "gone" && !(error instanceof DiscordAPIError && error.code === 10003);
      }
    },
    async forwarded(channelId, messageId) {
      try {
        const message = (await rest.get(Routes.channelMessage(channelId, messageId))) as APIMessage;
        const { type, guild_id: guildId, message_id: original } = message.message_reference ?? {};
        if (type !== MessageReferenceType.Forward || original === undefined) return undefined;
        return { guildId, messageId: original };
      } catch {
        return undefined; // deleted, or in a channel that is not for bots
      }
    },
  };
  return messages;
}

interface Options {
  readonly auth?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const mostCharacters = 2000;

/**
 * What is posted. Files go as one ready buffer: a form's own stream, cut off while it is read, throws where nobody can catch it.
 */
async function requestBodyOf(payload: MessagePayload) {
  const body = bodyOf(payload);
  if (!payload.files?.length) return { body };
  const form = new FormData();
  for (const [id, { name, data, contentType }] of payload.files.entries())
    form.append(`files[${id}]`, new Blob([Uint8Array.from(data)], { type: contentType }), name);
  form.append("payload_json", JSON.stringify(body));
  const whole = new Response(form);
  const headers = { "Content-Type": whole.headers.get("Content-Type")! };
  return { body: Buffer.from(await whole.arrayBuffer()), headers, passThroughBody: true };
}

function bodyOf({ content, files = [], components, mention, replyTo, nonce }: MessagePayload) {
  const body: RESTPostAPIChannelMessageJSONBody = {
    content: content.slice(0, mostCharacters),
    allowed_mentions: { parse: [], ...(mention !== undefined && { users: [mention] }), replied_user: false },
    ...(files.length > 0 && { attachments: files.map(({ name }, id) => ({ id, filename: name })) }),
    ...(components && { components }),
    ...(replyTo !== undefined && {
      message_reference: { type: MessageReferenceType.Default, message_id: replyTo, fail_if_not_exists: false },
    }),
    ...(nonce !== undefined && { nonce, enforce_nonce: true }),
  };
  return body;
}
