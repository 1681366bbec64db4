/** Users, guilds, channels and voice states in the words of Discord's API. */
import type { Fields } from "./json.ts";
import {
  type Channel,
  channelTypes,
  type Guild,
  type Member,
  type User,
  type VoiceState,
  type World,
} from "./world.ts";

const longAgo = "2020-01-01T00:00:00.000000+00:00";

export const wireUser = (user: User): Fields => ({
  id: user.id,
  username: user.username,
  global_name: user.bot ? null : user.username,
  discriminator: "0",
  avatar: null,
  bot: user.bot,
});

export const wireMember = (member: Member): Fields => ({
  user: wireUser(member.user),
  roles: member.roles,
  nick: null,
  avatar: null,
  joined_at: longAgo,
  premium_since: null,
  deaf: false,
  mute: false,
  flags: 0,
  pending: false,
  communication_disabled_until: null,
});

export const wireChannel = (channel: Channel, position = 0): Fields => {
  const common = {
    id: channel.id,
    type: channelTypes[channel.kind],
    last_message_id: channel.messages.at(-1)?.id ?? null,
  };
  if (channel.recipient) return { ...common, recipients: [wireUser(channel.recipient)] };
  const voice = { bitrate: 64_000, user_limit: channel.userLimit, rtc_region: null };
  return {
    ...common,
    guild_id: channel.guildId,
    name: channel.name,
    position,
    parent_id: null,
    topic: null,
    nsfw: false,
    rate_limit_per_user: 0,
    permission_overwrites: channel.overwrites.map(({ id, type, allow, deny }) => ({
      id,
      type: type === "role" ? 0 : 1,
      allow: allow.toString(),
      deny: deny.toString(),
    })),
    ...(channel.kind === "text" ? {} : voice),
  };
};

/** The state of one user; a channel of null means that the user has left. */
export const wireVoiceState = (guild: Guild, state: VoiceState, channelId: string | null = state.channelId): Fields => {
  const member = guild.members.get(state.userId);
  return {
    guild_id: guild.id,
    channel_id: channelId,
    user_id: state.userId,
    ...(member ? { member: wireMember(member) } : {}),
    session_id: state.sessionId,
    deaf: false,
    mute: false,
    self_deaf: state.selfDeaf,
    self_mute: state.selfMute,
    self_video: false,
    suppress: state.suppress,
    request_to_speak_timestamp: state.requestToSpeak,
  };
};

const wireRole = (role: Guild["roles"][number], position: number): Fields => ({
  id: role.id,
  name: role.name,
  color: 0,
  colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
  hoist: false,
  icon: null,
  unicode_emoji: null,
  position,
  permissions: role.permissions.toString(),
  managed: position > 0,
  mentionable: false,
  flags: 0,
});

/** What a request for a guild gives: no channels, members or states. */
export const wireGuild = (guild: Guild): Fields => ({
  id: guild.id,
  name: guild.name,
  icon: null,
  splash: null,
  discovery_splash: null,
  banner: null,
  description: null,
  vanity_url_code: null,
  owner_id: guild.ownerId,
  afk_channel_id: null,
  afk_timeout: 300,
  system_channel_id: null,
  system_channel_flags: 0,
  rules_channel_id: null,
  public_updates_channel_id: null,
  safety_alerts_channel_id: null,
  widget_enabled: false,
  verification_level: 0,
  default_message_notifications: 0,
  explicit_content_filter: 0,
  mfa_level: 0,
  nsfw_level: 0,
  nsfw: false,
  premium_tier: guild.premiumTier,
  premium_subscription_count: 0,
  premium_progress_bar_enabled: false,
  preferred_locale: "en-US",
  application_id: null,
  max_members: 500_000,
  features: [],
  emojis: [],
  stickers: [],
  roles: guild.roles.map(wireRole),
});

export const wireGuildCreate = (guild: Guild): Fields => ({
  ...wireGuild(guild),
  joined_at: longAgo,
  large: false,
  unavailable: false,
  member_count: guild.members.size,
  channels: guild.channels.map(wireChannel),
  members: [...guild.members.values()].map(wireMember),
  voice_states: [...guild.voiceStates.values()].map((state) => wireVoiceState(guild, state)),
  presences: [],
  threads: [],
  stage_instances: [],
  soundboard_sounds: [],
  guild_scheduled_events: [],
});

export const wireApplication = (world: World): Fields => ({
  id: world.applicationId,
  name: world.bot.username,
  icon: null,
  description: "",
  bot_public: true,
  bot_require_code_grant: false,
  verify_key: "0".repeat(64),
  flags: 0,
  tags: [],
  bot: wireUser(world.bot),
});
