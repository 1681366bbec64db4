/** Who is played for where: one stage a guild, entered if the requester sits in a voice channel and the bot may join. */
import { ChannelType, type Client, Events, type Guild, PermissionFlagsBits, type VoiceBasedChannel } from "discord.js";
import { log } from "../../log.ts";
import type { Reply } from "../../store/reply.ts";
import { fullText, lostTexts, notPermittedText } from "../discord/texts.ts";
import { joinVoice, type VoiceSession, type VoiceTiming, VoiceUnavailable } from "./session.ts";

/** The way into a voice channel. */
export interface VoiceEntry {
  /** The channel that is being joined, if there is one. */
  readonly channelId?: string;
  readonly joined: Promise<Joined>;
}

/** The stage, or why it did not come about, in words, if there is anything to say. */
export type Joined = { readonly session: VoiceSession } | { readonly note: string | undefined };

export interface VoiceSessions {
  /** Joins the requester in the voice channel they sit in now; without a stage the song is only posted. Never waits, never throws. */
  enter(reply: Reply, signal: AbortSignal): VoiceEntry;
  /** The song is over: leaves soon, unless the next one begins; at once if so told. */
  release(session: VoiceSession, options: { readonly now: boolean }): void;
  /** Leaves all channels. */
  close(): void;
}

interface Entered {
  readonly session: VoiceSession;
  leaving?: NodeJS.Timeout;
}

/** The stages of this client. The bot stays so long (`lingerMs`) after a song, and with nobody who listens. */
export function createVoiceSessions(
  client: Client<true>,
  { lingerMs, ...timing }: VoiceTiming & { lingerMs: number },
): VoiceSessions {
  const entered = new Map<string, Entered>();
  const leave = (guildId: string, session: VoiceSession) => {
    const here = entered.get(guildId);
    if (here?.session === session) entered.delete(guildId);
    clearTimeout(here?.leaving);
    session.leave();
  };
  const lookAround = (guild: Guild, session: VoiceSession) => session.attended(hasListeners(guild, session.channelId));
  client.on(Events.VoiceStateUpdate, (_, { id, guild, channelId }) => {
    const session = entered.get(guild.id)?.session;
    if (session === undefined) return;
    if (id === client.user.id && channelId === null) session.removed();
    else lookAround(guild, session);
  });
  const join = async (channel: VoiceBasedChannel, signal: AbortSignal): Promise<Joined> => {
    try {
      const session = await joinVoice(channel, signal, { ...timing, aloneMs: lingerMs });
      entered.set(channel.guild.id, { session });
      lookAround(channel.guild, session); // they may have left meanwhile
      return { session };
    } catch (error) {
      if (!signal.aborted) log("warning", `no voice in guild ${channel.guild.id}`, error);
      return { note: error instanceof VoiceUnavailable ? error.message : lostTexts.noJoin };
    }
  };
  return {
    enter(reply, signal) {
      const seat = findSeat(client, reply);
      if (seat.channel === undefined) return { joined: Promise.resolve({ note: seat.note }) };
      const { channel } = seat;
      const here = entered.get(reply.guildId);
      if (here !== undefined) {
        clearTimeout(here.leaving);
        if (here.session.lost === undefined && here.session.channelId === channel.id)
          return { channelId: channel.id, joined: Promise.resolve({ session: here.session }) };
        leave(reply.guildId, here.session);
      }
      return { channelId: channel.id, joined: join(channel, signal) };
    },
    release(session, { now }) {
      const found = [...entered].find(([, candidate]) => candidate.session === session);
      if (found === undefined) return session.leave();
      const [guildId, here] = found;
      clearTimeout(here.leaving);
      if (now || session.lost !== undefined) leave(guildId, session);
      else here.leaving = setTimeout(() => leave(guildId, session), lingerMs);
    },
    close() {
      for (const [guildId, { session }] of [...entered]) leave(guildId, session);
    },
  };
}

/** Whether anyone but bots sits in a voice channel. */
const hasListeners = ({ voiceStates }: Guild, channelId: string): boolean =>
  voiceStates.cache.some((state) => state.channelId === channelId && state.member?.user.bot !== true);

/** The channel where the requester sits, if the bot may play there; else why not, if they sit anywhere at all. */
function findSeat(
  client: Client<true>,
  { guildId, userId }: Reply,
): { channel: VoiceBasedChannel } | { channel?: never; note?: string } {
  const guild = client.guilds.cache.get(guildId);
  const channel = guild?.voiceStates.cache.get(userId)?.channel;
  const me = guild?.members.me;
  if (!channel || !me) return {};
  const may = channel.permissionsFor(me);
  const { ViewChannel, Connect, Speak } = PermissionFlagsBits;
  const needed = { "View Channel": ViewChannel, Connect, ...(channel.type === ChannelType.GuildVoice && { Speak }) };
  const missing = Object.entries(needed).filter(([, bit]) => !may.has(bit));
  if (missing.length > 0) {
    return {
      note: notPermittedText(
        missing.map(([name]) => name),
        channel.id,
      ),
    };
  }
  if (isFull(channel) && !may.has(PermissionFlagsBits.MoveMembers)) return { note: fullText(channel.id) };
  return { channel };
}

/** Whether there is no seat left for one more. */
function isFull({ id, guild, client, userLimit }: VoiceBasedChannel): boolean {
  const there = guild.voiceStates.cache.filter((state) => state.channelId === id && state.id !== client.user.id);
  return userLimit > 0 && there.size >= userLimit;
}
