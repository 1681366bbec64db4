/** Who is played for where: one stage a guild, entered if the requester sits in a voice channel and the bot may join. */
import { ChannelType, type Client, Events, PermissionFlagsBits, type VoiceBasedChannel } from "discord.js";
import { log } from "../../log.ts";
import type { Reply } from "../../queue/job.ts";
import { joinVoice, type VoiceSession, type VoiceTiming, VoiceUnavailable } from "./session.ts";

/** A stage, or why there is none. */
export type VoiceEntry =
  | { readonly session: VoiceSession; readonly note: string }
  | { readonly session?: never; readonly note?: string };

export interface VoiceSessions {
  /** Joins the requester in the voice channel they sit in now; without a stage the song is only posted. */
  enter(reply: Reply, signal: AbortSignal): Promise<VoiceEntry>;
  /** The song is over: leaves soon, unless the next one begins; at once if so told. */
  release(session: VoiceSession, options: { readonly now: boolean }): void;
  /** Leaves all channels. */
  close(): void;
}

interface Entered {
  readonly session: VoiceSession;
  leaving?: NodeJS.Timeout;
}

/** The stages of this client. */
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
  client.on(Events.VoiceStateUpdate, (_, { id, guild, channelId }) => {
    if (id === client.user.id && channelId === null) entered.get(guild.id)?.session.removed();
  });
  return {
    async enter(reply, signal) {
      const seat = findSeat(client, reply);
      if (seat.channel === undefined) return seat;
      const { channel } = seat;
      const note = `Playing in <#${channel.id}>.`;
      const here = entered.get(reply.guildId);
      if (here !== undefined) {
        clearTimeout(here.leaving);
        if (here.session.lost === undefined && here.session.channelId === channel.id)
          return { session: here.session, note };
        leave(reply.guildId, here.session);
      }
      try {
        const session = await joinVoice(channel, signal, timing);
        entered.set(reply.guildId, { session });
        return { session, note };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof VoiceUnavailable)) throw error;
        log("warning", `no stage in guild ${reply.guildId}`, error);
        return { note: `${error.message} I'll only post the song.` };
      }
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
    const names = missing.map(([name]) => `**${name}**`).join(" and ");
    return { note: `I lack the permission ${names} in <#${channel.id}>, so I'll only post the song.` };
  }
  if (isFull(channel) && !may.has(PermissionFlagsBits.MoveMembers))
    return { note: `<#${channel.id}> is full, so I'll only post the song.` };
  return { channel };
}

/** Whether there is no seat left for one more. */
function isFull({ id, guild, client, userLimit }: VoiceBasedChannel): boolean {
  const there = guild.voiceStates.cache.filter((state) => state.channelId === id && state.id !== client.user.id);
  return userLimit > 0 && there.size >= userLimit;
}
