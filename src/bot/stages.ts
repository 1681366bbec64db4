/** Who is played for where: one stage a guild, entered if the requester sits in a voice channel and the bot may join. */
import { ChannelType, type Client, Events, PermissionFlagsBits, type VoiceBasedChannel } from "discord.js";
import { log } from "../log.ts";
import type { Reply } from "../queue/job.ts";
import { joinStage, NoStage, type Stage, type StageTiming } from "./stage.ts";

/** A stage, or why there is none. */
export type Entrance =
  | { readonly stage: Stage; readonly note: string }
  | { readonly stage?: never; readonly note?: string };

export interface Stages {
  /** Joins the requester in the voice channel they sit in now; without a stage the song is only posted. */
  enter(reply: Reply, signal: AbortSignal): Promise<Entrance>;
  /** The song is over: leaves soon, unless the next one begins; at once if so told. */
  release(stage: Stage, options: { readonly now: boolean }): void;
  /** Leaves all channels. */
  close(): void;
}

interface Entered {
  readonly stage: Stage;
  leaving?: NodeJS.Timeout;
}

/** The stages of this client. */
export function createStages(
  client: Client<true>,
  { lingerMs, ...timing }: StageTiming & { lingerMs: number },
): Stages {
  const entered = new Map<string, Entered>();
  const leave = (guildId: string, stage: Stage) => {
    const here = entered.get(guildId);
    if (here?.stage === stage) entered.delete(guildId);
    clearTimeout(here?.leaving);
    stage.leave();
  };
  client.on(Events.VoiceStateUpdate, (_, { id, guild, channelId }) => {
    if (id === client.user.id && channelId === null) entered.get(guild.id)?.stage.removed();
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
        if (here.stage.lost === undefined && here.stage.channelId === channel.id) return { stage: here.stage, note };
        leave(reply.guildId, here.stage);
      }
      try {
        const stage = await joinStage(channel, signal, timing);
        entered.set(reply.guildId, { stage });
        return { stage, note };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof NoStage)) throw error;
        log("warning", `no stage in guild ${reply.guildId}`, error);
        return { note: `${error.message} I'll only post the song.` };
      }
    },
    release(stage, { now }) {
      const found = [...entered].find(([, candidate]) => candidate.stage === stage);
      if (found === undefined) return stage.leave();
      const [guildId, here] = found;
      clearTimeout(here.leaving);
      if (now || stage.lost !== undefined) leave(guildId, stage);
      else here.leaving = setTimeout(() => leave(guildId, stage), lingerMs);
    },
    close() {
      for (const [guildId, { stage }] of [...entered]) leave(guildId, stage);
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
