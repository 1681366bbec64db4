/** Users, guilds, channels and who sits in which voice channel: the state that Discord would keep. */
import type { Ids } from "./ids.ts";
import type { Message } from "./message.ts";
import { botDefault, memberDefault, type Overwrite, permissionsIn } from "./permissions.ts";

export interface User {
  readonly id: string;
  readonly username: string;
  readonly bot: boolean;
  /** Refuses direct messages. */
  closedDms: boolean;
}

export interface Role {
  readonly id: string;
  readonly name: string;
  permissions: bigint;
}

export type ChannelKind = "text" | "voice" | "stage" | "dm";

export const channelTypes: Readonly<Record<ChannelKind, number>> = { text: 0, dm: 1, voice: 2, stage: 13 };

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly guildId: string | undefined;
  /** The other side of a direct message channel. */
  readonly recipient: User | undefined;
  overwrites: Overwrite[];
  /** How many may sit in a voice channel; 0 is no limit. */
  userLimit: number;
  /** What the bot set as the voice channel's status. */
  voiceStatus: string | null;
  readonly messages: Message[];
}

export interface VoiceState {
  readonly userId: string;
  channelId: string;
  sessionId: string;
  selfMute: boolean;
  selfDeaf: boolean;
  suppress: boolean;
  requestToSpeak: string | null;
}

export interface Member {
  readonly user: User;
  readonly roles: string[];
}

export interface Guild {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly roles: Role[];
  readonly channels: Channel[];
  readonly members: Map<string, Member>;
  readonly voiceStates: Map<string, VoiceState>;
  premiumTier: 0 | 1 | 2 | 3;
}

export interface GuildPlan {
  readonly name?: string;
  readonly text?: readonly string[];
  readonly voice?: readonly string[];
  readonly stage?: readonly string[];
  readonly users?: readonly string[];
  readonly premiumTier?: 0 | 1 | 2 | 3;
  /** The application was only installed by a user: the bot is no member. */
  readonly withoutBot?: boolean;
  /** Of the bot's own role. */
  readonly botPermissions?: bigint;
  /** Of the role that everyone has. */
  readonly everyone?: bigint;
}

const uploadLimits = [10, 10, 50, 100].map((mebibytes) => mebibytes * 1024 * 1024);

export class World {
  readonly bot: User;
  readonly applicationId: string;
  readonly users = new Map<string, User>();
  readonly guilds = new Map<string, Guild>();
  readonly directChannels = new Map<string, Channel>();
  readonly #ids: Ids;

  constructor(ids: Ids, botName: string) {
    this.#ids = ids;
    this.bot = this.#addUser(botName, true);
    this.applicationId = this.bot.id;
  }

  addGuild(plan: GuildPlan): Guild {
    const id = this.#ids.old();
    const owner = this.#addUser(`owner of ${plan.name ?? id}`, false);
    const everyone = { id, name: "@everyone", permissions: plan.everyone ?? memberDefault };
    const botRole = { id: this.#ids.old(), name: this.bot.username, permissions: plan.botPermissions ?? botDefault };
    const guild: Guild = {
      id,
      name: plan.name ?? "Home",
      ownerId: owner.id,
      roles: [everyone, botRole],
      channels: [],
      members: new Map(plan.withoutBot ? [] : [[this.bot.id, { user: this.bot, roles: [botRole.id] }]]),
      voiceStates: new Map(),
      premiumTier: plan.premiumTier ?? 0,
    };
    guild.members.set(owner.id, { user: owner, roles: [] });
    for (const name of plan.text ?? ["general"]) this.addChannel(guild, name, "text");
    for (const name of plan.voice ?? ["Music"]) this.addChannel(guild, name, "voice");
    for (const name of plan.stage ?? []) this.addChannel(guild, name, "stage");
    for (const name of plan.users ?? ["ada", "ben"]) this.addMember(guild, name);
    this.guilds.set(id, guild);
    return guild;
  }

  addChannel(guild: Guild, name: string, kind: ChannelKind): Channel {
    const channel = this.#newChannel(name, kind, { guildId: guild.id });
    guild.channels.push(channel);
    return channel;
  }

  /** A user by this name, made if need be, as a member of the guild. */
  addMember(guild: Guild, name: string): User {
    const user = this.#named(name) ?? this.#addUser(name, false);
    guild.members.set(user.id, { user, roles: [] });
    return user;
  }

  user(which: User | string): User {
    const found = typeof which === "string" ? (this.users.get(which) ?? this.#named(which)) : which;
    if (!found) throw new Error(`The double knows no user ${JSON.stringify(which)}.`);
    return found;
  }

  guild(which: Guild | string): Guild {
    if (typeof which !== "string") return which;
    const found = this.guilds.get(which) ?? [...this.guilds.values()].find(({ name }) => name === which);
    if (!found) throw new Error(`The double knows no guild ${JSON.stringify(which)}.`);
    return found;
  }

  /** By id, or by name in a guild or in all of them. */
  channel(which: Channel | string, guild?: Guild): Channel {
    if (typeof which !== "string") return which;
    const named = (guild ? [guild] : [...this.guilds.values()]).flatMap(({ channels }) => channels);
    const found = this.findChannel(which) ?? named.find(({ name }) => name === which);
    if (!found) throw new Error(`The double knows no channel ${JSON.stringify(which)}.`);
    return found;
  }

  findChannel(id: string): Channel | undefined {
    const everywhere = [...this.guilds.values()].flatMap(({ channels }) => channels);
    return [...everywhere, ...this.directChannels.values()].find((channel) => channel.id === id);
  }

  /** Those that the bot is a member of. */
  get joinedGuilds(): readonly Guild[] {
    return [...this.guilds.values()].filter(({ members }) => members.has(this.bot.id));
  }

  /** Whether the bot is a member of this guild. */
  isMember(guildId: string | undefined): boolean {
    return this.guilds.get(guildId ?? "")?.members.has(this.bot.id) ?? false;
  }

  guildOf(channel: Channel): Guild | undefined {
    return channel.guildId === undefined ? undefined : this.guilds.get(channel.guildId);
  }

  directChannel(user: User): Channel {
    const known = this.directChannels.get(user.id);
    if (known) return known;
    const channel = this.#newChannel(`@${user.username}`, "dm", { recipient: user });
    this.directChannels.set(user.id, channel);
    return channel;
  }

  /** The permission bits of a member in a channel; all of them between two people. */
  permissions(user: User, channel: Channel): bigint {
    const guild = this.guildOf(channel);
    const member = guild?.members.get(user.id);
    if (!guild) return memberDefault;
    const [everyone, ...others] = guild.roles;
    if (!member || !everyone) return 0n;
    return permissionsIn(channel.overwrites, {
      guildId: guild.id,
      userId: user.id,
      isOwner: guild.ownerId === user.id,
      everyone: everyone.permissions,
      roles: others.filter(({ id }) => member.roles.includes(id)),
    });
  }

  uploadLimit(guild: Guild | undefined): number {
    return uploadLimits[guild?.premiumTier ?? 0] ?? 0;
  }

  message(channel: Channel, id: string): Message | undefined {
    return channel.messages.find((message) => message.id === id && !message.deleted);
  }

  #newChannel(name: string, kind: ChannelKind, of: { guildId?: string; recipient?: User }): Channel {
    return {
      id: this.#ids.old(),
      name,
      kind,
      guildId: of.guildId,
      recipient: of.recipient,
      overwrites: [],
      userLimit: 0,
      voiceStatus: null,
      messages: [],
    };
  }

  #named(name: string): User | undefined {
    return [...this.users.values()].find(({ username }) => username === name);
  }

  #addUser(username: string, bot: boolean): User {
    const user: User = { id: this.#ids.old(), username, bot, closedDms: false };
    this.users.set(user.id, user);
    return user;
  }
}
