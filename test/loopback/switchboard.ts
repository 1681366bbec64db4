/** Who sits in which voice channel: answers op 4, and lets users come, go and be moved. */
import { ApiError } from "./api-error.ts";
import type { Core } from "./core.ts";
import type { VoiceWish } from "./gateway.ts";
import type { Fields } from "./json.ts";
import { has, permission } from "./permissions.ts";
import { wireVoiceState } from "./wire.ts";
import type { Channel, Guild, User, VoiceState } from "./world.ts";

const voiceStatesIntent = 1 << 7;

export class Switchboard {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Puts a user into a channel, or out of all. */
  seat(
    guild: Guild,
    user: User,
    channel: Channel | undefined,
    change: Partial<VoiceState> = {},
  ): VoiceState | undefined {
    const before = guild.voiceStates.get(user.id);
    if (!channel) {
      guild.voiceStates.delete(user.id);
      if (before) this.#tell(guild, before, null);
      return undefined;
    }
    const fresh: VoiceState = {
      userId: user.id,
      channelId: channel.id,
      sessionId: this.#core.ids.token("voice"),
      selfMute: false,
      selfDeaf: false,
      suppress: channel.kind === "stage",
      requestToSpeak: null,
    };
    const state: VoiceState = { ...fresh, ...before, channelId: channel.id, ...change };
    guild.voiceStates.set(user.id, state);
    this.#tell(guild, state, channel.id);
    return state;
  }

  /** Op 4 of the bot. */
  wish(wish: VoiceWish, sessionId: string): void {
    const { world, findings } = this.#core;
    const guild = world.guilds.get(wish.guildId);
    if (!guild) {
      findings.add("gateway-misuse", `op 4 for an unknown guild ${wish.guildId}`);
      return;
    }
    const channel = guild.channels.find(({ id }) => id === wish.channelId);
    if (wish.channelId !== null && !(channel && this.#mayEnter(guild, channel))) return;
    const { selfMute, selfDeaf } = wish;
    this.seat(guild, world.bot, channel, { sessionId, selfMute, selfDeaf });
  }

  #mayEnter(guild: Guild, channel: Channel): boolean {
    const { world } = this.#core;
    const bits = world.permissions(world.bot, channel);
    const inside = [...guild.voiceStates.values()].filter(
      (state) => state.channelId === channel.id && state.userId !== world.bot.id,
    );
    const full = channel.userLimit > 0 && inside.length >= channel.userLimit && !has(bits, permission.moveMembers);
    return channel.kind !== "text" && has(bits, permission.viewChannel | permission.connect) && !full;
  }

  #tell(guild: Guild, state: VoiceState, channelId: string | null): void {
    this.#core.dispatch("VOICE_STATE_UPDATE", wireVoiceState(guild, state, channelId), voiceStatesIntent);
    this.#core.bell.ring();
  }

  /** PATCH of the bot's own state in a stage channel. */
  change(guild: Guild, body: Fields): void {
    const { world } = this.#core;
    const state = guild.voiceStates.get(world.bot.id);
    const channel = guild.channels.find(({ id }) => id === body.channel_id);
    if (!state || state.channelId !== channel?.id) throw new ApiError(10065);
    const mayUnmute = has(world.permissions(world.bot, channel), permission.muteMembers);
    if (body.suppress === false && !mayUnmute) throw new ApiError(50013);
    const asked = typeof body.request_to_speak_timestamp === "string" ? body.request_to_speak_timestamp : null;
    this.seat(guild, world.bot, channel, {
      ...(typeof body.suppress === "boolean" ? { suppress: body.suppress } : {}),
      ...(body.request_to_speak_timestamp === undefined ? {} : { requestToSpeak: asked }),
    });
  }
}
