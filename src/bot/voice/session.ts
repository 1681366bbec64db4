/** A voice channel being played in: the only door to the voice library, and the guard against its traps. */
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import {
  AudioPlayerStatus,
  createAudioPlayer,
  createAudioResource,
  DAVESession,
  entersState,
  joinVoiceChannel,
  StreamType,
  type VoiceConnection,
  VoiceConnectionDisconnectReason,
  VoiceConnectionStatus,
} from "@discordjs/voice";
import { ChannelType, Events, type VoiceBasedChannel, type VoiceState } from "discord.js";
import { log } from "../../log.ts";
import { lostTexts } from "../discord/texts.ts";
import type { Feed, PlayedPart } from "./feed.ts";
import { type Patience, patient } from "./patience.ts";

export interface VoiceTiming {
  /** Longest time until a join must have worked. */
  readonly joinMs?: number;
  /** After being cut off, how long a move to another channel may take. */
  readonly moveMs?: number;
  /** Longest time without a connection in mid-song, while the song is still being generated. */
  readonly awayMs?: number;
  /** The same once it is generated, when the next one waits for nothing else. */
  readonly lateMs?: number;
  /** How long the bot stays where nobody listens. */
  readonly aloneMs?: number;
}

/** The connection did not come about; the message is for the user. */
export class VoiceUnavailable extends Error {
  override readonly name = "NoStage";
}

/** Close codes after which it makes no sense to join again: sent away, or end-to-end encryption refused. */
const finalCloses: ReadonlySet<number> = new Set([4017, 4021, 4022]);

const encryptionMs = 3000;
const askToSpeakMs = 15_000;

/** Joins a channel and waits until it can be heard there; throws NoStage. */
export async function joinVoice(
  channel: VoiceBasedChannel,
  signal: AbortSignal,
  timing: VoiceTiming,
): Promise<VoiceSession> {
  guardEncryption();
  for (let attempt = 1; ; attempt++) {
    const session = new VoiceSession(channel, timing);
    try {
      await session.open(channel, AbortSignal.any([signal, AbortSignal.timeout(timing.joinMs ?? 15_000)]));
      return session;
    } catch (error) {
      const refused = session.joins > 2;
      session.leave();
      signal.throwIfAborted();
      if (error instanceof VoiceUnavailable) throw error;
      if (attempt === 2 || refused) throw new VoiceUnavailable(lostTexts.noJoin, { cause: error });
      await pause(1000, undefined, { signal }).catch(() => signal.throwIfAborted()); // it may see us leave first
    }
  }
}

/** One voice connection with its player; plays one song at a time. */
export class VoiceSession {
  readonly #channel: VoiceBasedChannel;
  readonly #timing: VoiceTiming;
  readonly #patience: Patience;
  readonly #connection: VoiceConnection;
  readonly #player = createAudioPlayer({ behaviors: { maxMissedFrames: 250 } }); // gaps are filled by the feed
  readonly #gone = Promise.withResolvers<void>();
  #feed: Feed | undefined;
  #away: NodeJS.Timeout | undefined;
  #alone: NodeJS.Timeout | undefined;
  #isLate = false;
  #lost: string | undefined;

  constructor(channel: VoiceBasedChannel, timing: VoiceTiming) {
    this.#channel = channel;
    this.#timing = timing;
    this.#patience = patient(channel.guild.voiceAdapterCreator, () => this.#lose(lostTexts.noJoin));
    this.#connection = joinVoiceChannel({
      guildId: channel.guild.id,
      channelId: channel.id,
      adapterCreator: this.#patience.adapterCreator,
    });
    this.#connection.on("error", (error) => log("warning", "voice connection", error));
    this.#connection.on("stateChange", (before, after) => this.#follow(before, after));
    this.#player.on("error", (error) => log("error", "voice player", error));
    this.#player.on(AudioPlayerStatus.Playing, () => {
      if (this.#alone !== undefined) this.#player.pause(); // it began, or came back, while nobody listens
    });
    this.#connection.subscribe(this.#player);
  }

  /** The channel it is in now: it may have been moved. */
  get channelId(): string {
    return this.#connection.joinConfig.channelId ?? this.#channel.id;
  }

  /** Why it was lost, in words, if it was. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Resolves when it is lost or left. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** How often it has asked Discord to let it in lately. */
  get joins(): number {
    return this.#patience.joins;
  }

  /** Waits until it is connected, may speak, and is heard by those who are there. */
  async open(channel: VoiceBasedChannel, signal: AbortSignal): Promise<void> {
    const lost = this.#gone.promise.then(() => {
      throw new VoiceUnavailable(this.#lost ?? lostTexts.left);
    });
    lost.catch(() => undefined); // awaited below, or of no interest any more
    await Promise.race([entersState(this.#connection, VoiceConnectionStatus.Ready, signal), lost]);
    if (channel.type === ChannelType.GuildStageVoice) await Promise.race([maySpeak(channel, signal), lost]);
    const { guild, client } = channel; // not its members: not all of them are known
    const isOther = (state: VoiceState) => state.channelId === channel.id && state.id !== client.user.id;
    if (guild.voiceStates.cache.some(isOther)) await Promise.race([encrypted(this.#connection), lost]);
  }

  /** Begins a song: what comes through its feed is played. */
  begin(feed: Feed): void {
    this.#feed = feed;
    this.#isLate = false;
    if (this.#lost === undefined) this.#player.play(createAudioResource(feed.stream, { inputType: StreamType.Opus }));
  }

  /** To be told whether anyone listens: with nobody the song stands still, and if nobody comes back soon, the bot leaves. */
  attended(isAttended: boolean): void {
    if (isAttended) {
      clearTimeout(this.#alone);
      this.#alone = undefined;
      this.#player.unpause();
    } else if (this.#alone === undefined && this.#lost === undefined) {
      this.#alone = setTimeout(() => this.#lose(lostTexts.alone), this.#timing.aloneMs ?? 5000);
      this.#player.pause();
    }
  }

  /** Waits until the song has sounded, is stopped by the signal, or the channel is lost. */
  async drained(signal: AbortSignal): Promise<PlayedPart | undefined> {
    this.#isLate = true;
    this.#watch(this.#connection.state.status);
    const over = new AbortController();
    const idle = entersState(this.#player, AudioPlayerStatus.Idle, AbortSignal.any([signal, over.signal]));
    await Promise.race([idle.catch(() => undefined), this.#gone.promise]);
    over.abort();
    this.#player.stop(true);
    return this.#feed?.heard;
  }

  /** To be told when Discord says that the bot is in no channel any more. */
  removed(): void {
    this.#lose(lostTexts.removed);
  }

  /** Leaves the channel; what still plays is cut off. */
  leave(): void {
    this.#close();
  }

  /** The connection went without our doing. */
  #lose(why: string, detail = why): void {
    if (this.#lost !== undefined) return;
    log("warning", `voice lost in guild ${this.#channel.guild.id}: ${detail}`);
    this.#close(why);
  }

  #close(why: string = lostTexts.left): void {
    if (this.#lost !== undefined) return;
    this.#lost = why;
    clearTimeout(this.#away);
    clearTimeout(this.#alone);
    this.#patience.stop();
    this.#player.stop(true);
    if (this.#connection.state.status !== VoiceConnectionStatus.Destroyed) this.#connection.destroy();
    this.#gone.resolve();
  }

  #follow(before: VoiceConnection["state"], after: VoiceConnection["state"]): void {
    if ("networking" in after && after.networking !== ("networking" in before ? before.networking : undefined))
      // Before the library's own listener, which would join again.
      after.networking.prependOnceListener("close", (code) => {
        if (finalCloses.has(code)) this.#lose(lostTexts.removed, `voice close code ${code}`);
      });
    if (after.status === before.status) return;
    this.#patience.ready(after.status === VoiceConnectionStatus.Ready);
    this.#watch(after.status);
    if (after.status === VoiceConnectionStatus.Destroyed) this.#lose(lostTexts.connection);
    else if (after.status === VoiceConnectionStatus.Disconnected) {
      const cut = after.reason === VoiceConnectionDisconnectReason.WebSocketClose;
      void this.#comeBack(cut ? (this.#timing.moveMs ?? 5000) : 5000);
    }
  }

  /** Sees to it that nothing hangs for ever outside the ready state. */
  #watch(status: VoiceConnectionStatus): void {
    clearTimeout(this.#away);
    if (status === VoiceConnectionStatus.Ready || status === VoiceConnectionStatus.Destroyed) return;
    const most = this.#isLate ? (this.#timing.lateMs ?? 5000) : (this.#timing.awayMs ?? 60_000);
    this.#away = setTimeout(() => this.#lose(lostTexts.connection), most);
  }

  /** After a cut: a move to another channel arrives by itself; else joins once more. A kick is told by the voice state. */
  async #comeBack(waitMs: number): Promise<void> {
    const { Signalling, Connecting } = VoiceConnectionStatus;
    const signal = AbortSignal.timeout(waitMs);
    const moved = [Signalling, Connecting].map((status) => entersState(this.#connection, status, signal));
    const cameBack = await Promise.any(moved).catch(() => undefined);
    const { status } = this.#connection.state;
    if (cameBack === undefined && status === VoiceConnectionStatus.Disconnected) this.#connection.rejoin();
  }
}

/** A stage channel lets the bot speak if it moderates, or when a moderator allows it. */
async function maySpeak(channel: VoiceBasedChannel, signal: AbortSignal): Promise<void> {
  const me = channel.guild.members.me;
  const suppressed = () => me?.voice.suppress === true;
  if (me === null || !suppressed()) return;
  try {
    if (channel.permissionsFor(me).has("MuteMembers")) await me.voice.setSuppressed(false);
    else await me.voice.setRequestToSpeak(true);
  } catch (error) {
    throw new VoiceUnavailable(lostTexts.mayNotSpeak, { cause: error });
  }
  const patience = AbortSignal.any([signal, AbortSignal.timeout(askToSpeakMs)]);
  while (suppressed())
    await once(channel.client, Events.VoiceStateUpdate, { signal: patience }).catch((error: unknown) => {
      throw new VoiceUnavailable(lostTexts.notLetSpeak, { cause: error });
    });
}

/** Until the group's keys are there, those in the channel can't decrypt what is sent. */
async function encrypted(connection: VoiceConnection): Promise<void> {
  const { state } = connection;
  if (state.status !== VoiceConnectionStatus.Ready || connection.voicePrivacyCode) return;
  const networking = state.networking.state;
  if ("dave" in networking && networking.dave?.protocolVersion === 0) return;
  await once(connection, "transitioned", { signal: AbortSignal.timeout(encryptionMs) }).catch(() =>
    log("warning", `no end-to-end encryption in ${encryptionMs} ms: the beginning may not be heard`),
  );
}

let guarded = false;

/** The library lets errors of two messages through to the socket, which then hears nothing more: they are caught here. */
function guardEncryption(): void {
  if (guarded) return;
  guarded = true;
  const prototype = DAVESession.prototype;
  const { processProposals, setExternalSender } = prototype;
  const recover = (session: DAVESession, error: unknown) => {
    log("warning", "end-to-end encryption begins anew", error);
    session.recoverFromInvalidTransition(session.lastTransitionId ?? 0);
  };
  prototype.processProposals = function (...args) {
    try {
      return processProposals.apply(this, args);
    } catch (error) {
      recover(this, error);
      return undefined;
    }
  };
  prototype.setExternalSender = function (...args) {
    try {
      setExternalSender.apply(this, args);
    } catch (error) {
      recover(this, error);
    }
  };
}
