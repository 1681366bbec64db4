/** How a wish becomes a job: what all commands that make a song share. */
import { GuildPremiumTier, PermissionFlagsBits, type SlashCommandIntegerOption } from "discord.js";
import { UserError } from "../errors.ts";
import type { Codes } from "../inference/engine.ts";
import type { Prompt } from "../song/order.ts";
import { samplingFor } from "../song/sampling.ts";
import type { Labels, Song } from "../song/song.ts";
import type { Reply } from "../store/reply.ts";
import type { BotContext, GuildInteraction, NewJob } from "./command.ts";
import { plain } from "./text.ts";
import * as texts from "./texts.ts";

/** What a song begins with, and how many candidates of it are wanted first. */
export interface JobOptions {
  readonly prompt?: Prompt;
  /** Of a file, by level. */
  readonly codes?: Codes;
  /** What the user should know of it. */
  readonly notes?: readonly string[] | undefined;
  readonly candidates?: number | undefined;
}

/** More are not to be picked from. */
const buttonsInARow = 5;

/** How many candidates are wanted. */
export const candidatesOption = (option: SlashCommandIntegerOption): SlashCommandIntegerOption =>
  option.setName("candidates").setDescription(texts.hints.candidates).setMinValue(2).setMaxValue(buttonsInARow);

/** What of the lyrics a short song leaves out. */
const unsungNote = ({ unsung = 0 }: Labels): string | undefined =>
  unsung === 0 ? undefined : texts.unsungLines(unsung);

/** What puts a song, or candidates for one, into the queue; refuses what can't be made, and more than the queue takes. */
export async function ask(
  interaction: GuildInteraction,
  context: BotContext,
  song: Song,
  { prompt, codes, notes = [], candidates }: JobOptions = {},
): Promise<NewJob> {
  const otherwise = candidates === undefined ? texts.sendDirectly : texts.keepForQueue;
  const labels = await context.labelsFor(song); // refuses, before it waits, what can't be made
  const words = labels.notes?.map(plain) ?? []; // they quote the lyrics
  const warnings = [...notes, ...words, unsungNote(labels), warningFor(interaction, otherwise)];
  const warning = warnings.filter((text) => text !== undefined).join(" ");
  samplingFor(song, context.model.hops.length);
  const files = candidates ?? 1; // posted in one message
  const request = {
    order: {
      song,
      model: context.model.name,
      bitrate: bitrateFor(song.seconds * files, uploadLimit(interaction)),
      ...(prompt && { prompt }),
      ...(candidates !== undefined && { candidates }),
    },
    reply: replyTo(interaction, context),
    ...(warning !== "" && { warning }),
  };
  await context.queue.checkRoom(interaction.user.id);
  return { request, codes };
}

/** Where the answer to an interaction goes, as data. */
export function replyTo(interaction: GuildInteraction, { replyMs }: BotContext): Reply {
  const { applicationId, guildId, channelId, user, token, createdTimestamp } = interaction;
  if (channelId === null) throw new UserError(texts.onlyInChannels); // a form may come from nowhere
  return { applicationId, guildId, channelId, userId: user.id, token, tokenEndsAt: createdTimestamp + replyMs };
}

const [leastBitrate, usualBitrate] = [16_000, 128_000];
/** Encoders overshoot, and the file holds more than packets. */
const packetShare = 0.85;
const slackBytes = 65_536;

/** Opus bits a second with which a song fits the limit. */
export function bitrateFor(seconds: number, limitBytes: number): number {
  const fits = Math.floor(((limitBytes - slackBytes) * 8 * packetShare) / seconds);
  if (fits < leastBitrate) throw new UserError(texts.tooLongToUpload(seconds));
  return Math.min(usualBitrate, fits);
}

const mebibyte = 1_048_576;

function uploadLimit(interaction: GuildInteraction): number {
  if (interaction.attachmentSizeLimit) return interaction.attachmentSizeLimit;
  switch (interaction.guild.premiumTier) {
    case GuildPremiumTier.Tier3:
      return 100 * mebibyte;
    case GuildPremiumTier.Tier2:
      return 50 * mebibyte;
    default:
      return 10 * mebibyte;
  }
}

/** What the bot may not do here, which matters if the song takes longer than the interaction lives. */
function warningFor({ appPermissions, channel }: GuildInteraction, otherwise: string): string | undefined {
  const send = channel?.isThread() ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages;
  const needed = {
    "View Channel": PermissionFlagsBits.ViewChannel,
    "Send Messages": send,
    "Attach Files": PermissionFlagsBits.AttachFiles,
  };
  const missing = Object.entries(needed).filter(([, bit]) => !appPermissions.has(bit));
  if (missing.length === 0) return undefined;
  return texts.missingPermissions(
    missing.map(([name]) => name),
    otherwise,
  );
}
