/** Who sits in which voice channel: answers op 4, and lets users come, go and be moved. */
import { ApiError } from "./api-error.ts";
import type { Core } from "./core.ts";
import type { VoiceWish } from "./gateway.ts";
import type { Fields } from "./json.ts";
import { has, permission } from "./permissions.ts";
import type { VoiceFaults } from "./voice-faults.ts";
import type { VoiceServer } from "./voice-server.ts";
import { wireVoiceState } from "./wire.ts";
import type { Channel, Guild, User, VoiceState } from "./world.ts";

const voiceStatesIntent = 1 << 7;

export class Switchboard {
  readonly #core: Core;
  readonly #voice: VoiceServer;
  readonly #faults: VoiceFaults;

  constructor(core: Core, voice: VoiceServer, faults: VoiceFaults) {
    this.#core = core;
    this.#voice = voice;
    this.#faults = faults;
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
    const moved = before?.channelId !== channel.id ? { suppress: fresh.suppress, requestToSpeak: null } : {};
    const state: VoiceState = { ...fresh, ...before, channelId: channel.id, ...moved, ...change };
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
    if (this.#faults.take("silentOp4") !== undefined) return;
    const channel = guild.channels.find(({ id }) => id === wish.channelId);
    if (wish.channelId === null) this.removeBot(guild);
    else if (channel && this.#mayEnter(guild, channel)) this.#enter(guild, channel, { ...wish, sessionId });
  }

  /** Moves the bot as a moderator would. */
  moveBot(guild: Guild, channel: Channel, code: number): void {
    this.#voice.expel(guild.id, this.#core.world.bot.id, code);
    const state = this.seat(guild, this.#core.world.bot, channel);
    if (state) this.tellServer(guild, channel);
  }

  /** Takes the bot out of voice; with a close code unless it left by itself. */
  removeBot(guild: Guild, code?: number): void {
    this.#voice.expel(guild.id, this.#core.world.bot.id, code);
    this.seat(guild, this.#core.world.bot, undefined);
  }

  /** A new session of the bot finds itself in no voice channel. */
  forgetBot(): void {
    const { bot, guilds } = this.#core.world;
    for (const guild of guilds.values()) {
      this.#voice.expel(guild.id, bot.id, 4014);
      guild.voiceStates.delete(bot.id);
    }
  }

  /** Names the voice server to the bot; none if the server went away. */
  tellServer(guild: Guild, channel: Channel, { gone = false } = {}): void {
    const { ids, world, dispatch } = this.#core;
    const state = guild.voiceStates.get(world.bot.id);
    if (!state) throw new Error("The bot is in no voice channel.");
    const token = ids.token("server");
    const nobody = "127.0.0.1:9"; // the port of "discard", where nothing listens
    const missing = gone || this.#faults.take("nullEndpoint") !== undefined;
    const endpoint = this.#faults.take("refusedEndpoint") === undefined ? this.#voice.endpoint : nobody;
    const { sessionId } = state;
    this.#voice.admit({ guild, channel, userId: world.bot.id, isBot: true, sessionId, token });
    dispatch("VOICE_SERVER_UPDATE", { guild_id: guild.id, token, endpoint: missing ? null : endpoint }, 0);
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

  #enter(guild: Guild, channel: Channel, how: { selfMute: boolean; selfDeaf: boolean; sessionId: string }): void {
    const { world, settings } = this.#core;
    const { selfMute, selfDeaf, sessionId } = how;
    const present = this.#voice.session(guild.id, world.bot.id);
    const isThere = present?.seat.channel === channel && present.isConnected;
    const before = guild.voiceStates.get(world.bot.id)?.channelId;
    const state = () => this.seat(guild, world.bot, channel, { sessionId, selfMute, selfDeaf });
    // Nothing to connect to: the channel stays the same, or the fault has it so.
    if (isThere || this.#faults.take("stateOnlyOp4") !== undefined) {
      state();
      return;
    }
    if (before !== undefined && before !== channel.id) this.#voice.expel(guild.id, world.bot.id);
    if (settings.voiceEventOrder === "state-first") {
      state();
      this.#soon(() => this.tellServer(guild, channel));
    } else {
      guild.voiceStates.set(world.bot.id, { ...this.#silentState(channel, sessionId), selfMute, selfDeaf });
      this.tellServer(guild, channel);
      this.#soon(state);
    }
  }

  #silentState(channel: Channel, sessionId: string): VoiceState {
    const { bot } = this.#core.world;
    const suppress = channel.kind === "stage";
    return {
      userId: bot.id,
      channelId: channel.id,
      sessionId,
      selfMute: false,
      selfDeaf: false,
      suppress,
      requestToSpeak: null,
    };
  }

  /** Now, or after the pause that the settings put between the two events. */
  #soon(act: () => void): void {
    const { voiceEventGapMs } = this.#core.settings;
    if (voiceEventGapMs === 0) act();
    else setTimeout(act, voiceEventGapMs);
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
}
