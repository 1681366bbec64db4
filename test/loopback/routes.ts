/** The REST routes that a music bot needs; any other is a finding. */
import { ApiError } from "./api-error.ts";
import type { Commands } from "./commands.ts";
import type { Core } from "./core.ts";
import type { Interactions } from "./interactions.ts";
import { type Fields, number, text } from "./json.ts";
import type { Mailbox } from "./mailbox.ts";
import { isEphemeral, isThinking, type Message, messageFlag, wireMessage } from "./message.ts";
import { has, permission } from "./permissions.ts";
import type { Answer, RestRequest, Route } from "./rest.ts";
import { wireApplication, wireChannel, wireGuild, wireMember, wireUser } from "./wire.ts";
import type { Channel, Guild } from "./world.ts";

export interface RouteParts {
  readonly core: Core;
  readonly commands: Commands;
  readonly interactions: Interactions;
  readonly mailbox: Mailbox;
  gatewayUrl(): string;
  /** PATCH /guilds/:guild/voice-states/@me */
  changeVoiceState(guild: Guild, body: Fields): void;
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const nothing: Answer = { status: 204 };

const route = (method: string, pattern: string, answer: Route["answer"]): Route => ({ method, pattern, answer });

export function makeRoutes(parts: RouteParts): readonly Route[] {
  return [
    ...aboutTheBot(parts),
    ...aboutCommands(parts),
    ...aboutChannels(parts),
    ...aboutGuilds(parts),
    ...aboutInteractions(parts).map((each) => ({ ...each, anonymous: true })),
  ];
}

function aboutTheBot({ core: { world }, gatewayUrl }: RouteParts): Route[] {
  const limits = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 16 };
  return [
    route("GET", "/gateway/bot", () => ok({ url: gatewayUrl(), shards: 1, session_start_limit: limits })),
    route("GET", "/gateway", () => ok({ url: gatewayUrl() })),
    route("GET", "/users/@me", () => ok(wireUser(world.bot))),
    route("GET", "/users/:user", (_, { user }) => {
      const found = world.users.get(user ?? "");
      if (!found) throw new ApiError(10013);
      return ok(wireUser(found));
    }),
    route("GET", "/oauth2/applications/@me", () => ok(wireApplication(world))),
    route("GET", "/applications/@me", () => ok(wireApplication(world))),
    route("POST", "/users/@me/channels", ({ body }) => {
      const user = world.users.get(text(body.recipient_id));
      if (!user) throw new ApiError(10013);
      return ok(wireChannel(world.directChannel(user)));
    }),
  ];
}

function aboutCommands({ commands, core: { world } }: RouteParts): Route[] {
  const mine = (application: string | undefined) => {
    if (application !== world.applicationId) throw new ApiError(50001);
  };
  const paths = ["/applications/:application/commands", "/applications/:application/guilds/:guild/commands"];
  const permissions = route("GET", "/applications/:application/guilds/:guild/commands/permissions", (_, of) => {
    mine(of.application);
    if (!world.isMember(of.guild)) throw new ApiError(50001);
    return ok(commands.overwrites(of.guild ?? ""));
  });
  const lists = paths.flatMap((path) => [
    route("PUT", path, ({ listBody }, { application, guild }) => {
      mine(application);
      if (!listBody) throw new ApiError(50035, "a list of commands is wanted");
      return ok(commands.write(listBody, guild));
    }),
    route("GET", path, (_, { application, guild }) => {
      mine(application);
      return ok(commands.list(guild));
    }),
  ]);
  return [permissions, ...lists];
}

function aboutGuilds({ core: { world }, changeVoiceState }: RouteParts): Route[] {
  const guildOf = (id: string | undefined) => {
    const guild = world.guilds.get(id ?? "");
    if (!guild) throw new ApiError(10004);
    return guild;
  };
  return [
    route("GET", "/guilds/:guild", (_, { guild }) => ok(wireGuild(guildOf(guild)))),
    route("GET", "/guilds/:guild/channels", (_, { guild }) =>
      ok(guildOf(guild).channels.map((channel, position) => wireChannel(channel, position))),
    ),
    route("GET", "/guilds/:guild/members/:user", (_, { guild, user }) => {
      const member = guildOf(guild).members.get(user === "@me" ? world.bot.id : (user ?? ""));
      if (!member) throw new ApiError(10007);
      return ok(wireMember(member));
    }),
    route("PATCH", "/guilds/:guild/voice-states/@me", ({ body }, { guild }) => {
      changeVoiceState(guildOf(guild), body);
      return nothing;
    }),
  ];
}

function aboutChannels(parts: RouteParts): Route[] {
  const { core, mailbox } = parts;
  const { world } = core;
  const open = (id: string | undefined): Channel => {
    const channel = world.findChannel(id ?? "");
    if (!channel) throw new ApiError(10003);
    if (!has(world.permissions(world.bot, channel), permission.viewChannel)) throw new ApiError(50001);
    return channel;
  };
  const messageIn = (channel: Channel, id: string | undefined): Message => {
    const message = world.message(channel, id ?? "");
    if (!message || isEphemeral(message)) throw new ApiError(10008);
    return message;
  };
  const shown = (message: Message, channel: Channel) => ok(wireMessage(message, channel));
  const draft = (channel: Channel, { body, files }: RestRequest) => ({ channel, author: world.bot, body, files });
  return [
    route("GET", "/channels/:channel", (_, { channel }) => ok(wireChannel(open(channel)))),
    route("POST", "/channels/:channel/typing", (_, { channel }) => {
      open(channel);
      return nothing;
    }),
    route("POST", "/channels/:channel/messages", (request, { channel: id }) => {
      const channel = open(id);
      checkMaySend(core, channel, request);
      const { nonce, enforce_nonce: enforced } = request.body;
      const sentBefore = channel.messages.find((message) => enforced === true && message.nonce === String(nonce));
      return shown(sentBefore ?? mailbox.create(draft(channel, request)), channel);
    }),
    route("GET", "/channels/:channel/messages", (request, { channel: id }) => {
      const channel = open(id);
      const most = Number(request.query.get("limit") ?? 50);
      const [before, after] = ["before", "after"].map((bound) => request.query.get(bound));
      const readable = channel.messages.filter(
        (message) =>
          !message.deleted &&
          !isEphemeral(message) &&
          (!before || BigInt(message.id) < BigInt(before)) &&
          (!after || BigInt(message.id) > BigInt(after)),
      );
      return ok(
        readable
          .slice(-most)
          .reverse()
          .map((message) => wireMessage(message, channel)),
      );
    }),
    route("GET", "/channels/:channel/messages/:message", (_, { channel: id, message }) => {
      const channel = open(id);
      return shown(messageIn(channel, message), channel);
    }),
    route("PATCH", "/channels/:channel/messages/:message", (request, { channel: id, message: messageId }) => {
      const channel = open(id);
      const message = messageIn(channel, messageId);
      if (message.author.id !== world.bot.id) throw new ApiError(50005);
      return shown(mailbox.edit(message, draft(channel, request)), channel);
    }),
    route("DELETE", "/channels/:channel/messages/:message", (_, { channel: id, message: messageId }) => {
      const channel = open(id);
      const message = messageIn(channel, messageId);
      const mayDelete = has(world.permissions(world.bot, channel), permission.manageMessages);
      if (message.author.id !== world.bot.id && !mayDelete) throw new ApiError(50013);
      mailbox.delete(message);
      return nothing;
    }),
    route("PUT", "/channels/:channel/voice-status", (request, { channel: id }) => {
      const channel = open(id);
      setVoiceStatus(core, channel, request.body.status);
      return nothing;
    }),
  ];
}

function checkMaySend({ world }: Core, channel: Channel, { body, files }: RestRequest): void {
  if (channel.recipient?.closedDms) throw new ApiError(50007);
  if (!channel.guildId) return;
  const bits = world.permissions(world.bot, channel);
  const isVoice = (number(body.flags) & messageFlag.voice) !== 0;
  const attaching = isVoice ? permission.sendVoiceMessages : permission.attachFiles;
  if (!has(bits, permission.sendMessages | (files.length > 0 ? attaching : 0n))) throw new ApiError(50013);
}

function setVoiceStatus({ world, bell, findings }: Core, channel: Channel, status: unknown): void {
  const inside =
    channel.guildId && world.guilds.get(channel.guildId)?.voiceStates.get(world.bot.id)?.channelId === channel.id;
  const needed = permission.setVoiceStatus | (inside ? 0n : permission.manageChannels);
  if (!has(world.permissions(world.bot, channel), needed)) throw new ApiError(50013);
  const fits = status === null || (typeof status === "string" && status.length <= 500);
  if (!fits) findings.add("invalid-body", "a voice status is text of at most 500 characters, or null");
  if (!fits) throw new ApiError(50035, "status");
  channel.voiceStatus = status;
  bell.ring();
}

function aboutInteractions({ interactions, core: { world } }: RouteParts): Route[] {
  const mine = (application: string | undefined) => {
    if (application !== world.applicationId) throw new ApiError(10015);
  };
  const shown = (message: Message) => {
    const channel = world.findChannel(message.channelId);
    if (!channel) throw new ApiError(10003);
    return ok(wireMessage(message, channel));
  };
  const one = "/webhooks/:application/:token/messages/:message";
  return [
    route("POST", "/interactions/:id/:token/callback", (request, { id = "", token = "" }) => {
      const interaction = interactions.callback(id, token, request);
      if (request.query.get("with_response") !== "true") return nothing;
      const message = interaction.original;
      const told = message && {
        response_message_id: message.id,
        response_message_loading: isThinking(message),
        response_message_ephemeral: isEphemeral(message),
      };
      const resource = { type: number(request.body.type), ...(message ? { message: shown(message).body } : {}) };
      return ok({ interaction: { id, type: interaction.type, ...told }, resource });
    }),
    route("POST", "/webhooks/:application/:token", (request, { application, token = "" }) => {
      mine(application);
      return shown(interactions.followUp(token, request));
    }),
    route("GET", one, (_, { application, token = "", message = "" }) => {
      mine(application);
      return shown(interactions.message(token, message));
    }),
    route("PATCH", one, (request, { application, token = "", message = "" }) => {
      mine(application);
      return shown(interactions.edit(token, message, request));
    }),
    route("DELETE", one, (_, { application, token = "", message = "" }) => {
      mine(application);
      interactions.delete(token, message);
      return nothing;
    }),
  ];
}
