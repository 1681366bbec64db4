/** What the bot says about songs, in words. */
import { type Interaction, PermissionsBitField } from "discord.js";
import { plain, title } from "../../commands/text.ts";
import { waitingText } from "../../commands/texts.ts";
import { DiskError, diskError, UserError, unpackError } from "../../errors.ts";
import type { JobState, JobView, Progress } from "../../queue/job.ts";
import type { Order } from "../../song/order.ts";
import type { Clip } from "../../store/clips.ts";
import type { Reply } from "../../store/reply.ts";

/** What the status message says while a job goes through this state. */
export function statusText(job: JobView, state: JobState): string {
  const { order, warning } = job.request;
  const lines = [`${title(order.song)} · \`${job.id}\``, ...stateLines(state, job)];
  if (warning !== undefined && (state.status === "waiting" || state.status === "generating"))
    lines.push(`-# ${warning}`);
  return lines.join("\n");
}

function stateLines(state: JobState, { id, request }: JobView): readonly string[] {
  switch (state.status) {
    case "waiting":
      return [
        state.ahead === 0 ? "Waiting: next to be generated." : `Waiting: ${waitingText(state.ahead)}.`,
        ...noteLines(state.note),
      ];
    case "generating":
      return progressLines(state.progress, request.order);
    case "playing":
      return ["Finished.", ...belowClip(state)];
    case "done":
      return ["Finished.", ...noteLines(state.note)];
    case "failed":
      return [failureText(unpackError(state.failure), id)];
    case "cancelled":
      return ["Cancelled."];
  }
}

/** Of a line: more of it would not fit into a message, once signs are escaped. */
const mostSung = 300;

/** The line that is being sung. */
export const sungLine = (line: string | undefined): readonly string[] =>
  line === undefined ? [] : [`♪ ${plain(line.slice(0, mostSung))}`];

/** What stands below a posted clip while it is still heard, and what is left to say of it in the end. */
export const belowClip = (state: JobState): readonly string[] =>
  state.status === "playing"
    ? [...sungLine(state.line), ...noteLines(state.note)]
    : state.status === "done"
      ? noteLines(state.note)
      : [];
const noteLines = (note: string | undefined): readonly string[] => (note === undefined ? [] : [note]);

/** The words for an error: a UserError's own, and no others' words to strangers. The log has the reference. */
export function failureText(error: unknown, reference: string): string {
  const ofDisk = diskError(error);
  if (ofDisk)
    return `${diskText(ofDisk)} Try again later. Whoever runs me finds the reason in the log: reference \`${reference}\`.`;
  return error instanceof UserError
    ? plain(error.message)
    : `Something went wrong on my side. Please try again. If it happens again, tell the person who runs me: reference \`${reference}\`.`;
}

/** Whether an error is to be logged: not what its user can mend. */
export const isOurs = (error: unknown): boolean => !(error instanceof UserError) || error instanceof DiskError;

/** What strangers are told of a disk: no path. */
export function diskText({ trouble }: DiskError): string {
  switch (trouble) {
    case "full":
      return "The disk is full.";
    case "damaged":
      return "My record of this is damaged.";
    case "refused":
    case "missing":
    case "crowded":
    case "busy":
    case "broken":
      return "I can't use my disk at the moment.";
  }
}

function progressLines(
  { levels, secondsLeft, playsIn, line, note }: Progress,
  { candidates }: Order,
): readonly string[] {
  const share = levels.reduce((sum, one) => sum + one, 0) / levels.length;
  const left = secondsLeft === undefined ? "" : ` · about ${inWords(secondsLeft)} left`;
  const what =
    candidates === undefined
      ? "Generating"
      : `Generating drafts, ${levels.filter((one) => one === 1).length} of ${candidates} finished`;
  const bars = `\`${bar(share)}\` ${percent(share)}${left}`;
  return [what, bars, ...startLine(playsIn), ...sungLine(line), ...noteLines(note)];
}

/** From when on the song is played, where that takes a while. */
function startLine(playsIn: Progress["playsIn"]): readonly string[] {
  if (playsIn === undefined || playsIn.seconds < 1) return [];
  const about = `in about ${inWords(rounded(playsIn.seconds))}`;
  return [playsIn.again ? `Paused to get ahead. Playback goes on ${about}.` : `Playback starts ${about}.`];
}

/** Up to the next five seconds, where those are few. */
const rounded = (seconds: number): number => (seconds < 10 ? seconds : Math.ceil(seconds / 5) * 5);

const barLength = 20;

const bar = (share: number) => {
  const full = Math.floor(share * barLength);
  return "█".repeat(full) + "░".repeat(barLength - full);
};

const percent = (share: number) => `${Math.floor(share * 100)} %`;

/** A stretch of time as people say it. */
export function inWords(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 90) return `${whole} s`;
  return `${Math.ceil(whole / 60)} min`;
}

/** What stands above a posted clip. */
export function clipText({ id, request }: Clip): string {
  const name = `${title(request.order.song)} · \`${id}\``;
  if (request.order.candidates === undefined) return name;
  return `${name}\nHere are ${request.order.candidates} drafts: rough previews. Pick one, and I'll generate the whole song.`;
}

/** What the invitation in README.md asks for. */
const invitedTo = PermissionsBitField.resolve([
  "ViewChannel",
  "SendMessages",
  "SendMessagesInThreads",
  "EmbedLinks",
  "AttachFiles",
  "ReadMessageHistory",
  "Connect",
  "Speak",
  "UseVAD",
  "SendVoiceMessages",
  "SetVoiceChannelStatus",
]);

/** Why there is no answer outside of the servers that the bot is a member of, and what to do about it. */
export function notHereText({ guildId, client, applicationId }: Interaction): string {
  if (guildId !== null && client.guilds.cache.has(guildId))
    return "Discord hasn't told me about this server yet. Try again in a minute.";
  const link = `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot+applications.commands&permissions=${invitedTo}`;
  const why =
    guildId === null
      ? "I only work in servers that I'm a member of."
      : "I'm not a member of this server: here I'm only installed as an app, and I can neither play nor post songs.";
  return `${why} Someone who manages the server can invite me: <${link}>`;
}

export const otherModelText = "I run another model now than when you asked for this song. Please ask for it again.";

export const unknownCommandText =
  "I don't know this command any more: I have been updated since. Reload Discord (Ctrl+R), or restart the app on a phone, and try again.";

/** Why a finished song was not posted. */
export type Kept = "forbidden" | "large" | "busy" | "refused";

/** What a requester is told of it, and how they get the song. */
export function keptText(why: Kept): string {
  switch (why) {
    case "large":
      return "Discord says that the file is too large, even at the lowest quality. I've kept the song: /queue tries again to give it to you, /continue goes on from it, and a shorter one (seconds:) may fit.";
    case "busy":
      return "Discord isn't accepting the song at the moment. I've kept it and will post it later.";
    case "forbidden":
      return "I'm not allowed to post the song here. I've kept it: /queue gives it to you.";
    case "refused":
      return "Discord refused the song. I've kept it: /queue gives it to you.";
  }
}

/** Why /queue could not give a song either. */
export function refusedText(clip: Clip, why: "large" | "busy"): string {
  const reason =
    why === "busy"
      ? "Discord isn't accepting the file at the moment. Use /queue again in a few minutes."
      : `Discord says that the file (${(clip.bytes / 1000).toFixed(0)} kB) is too large, even at the lowest quality. I still have the song: /continue clip:${clip.id} goes on from it, and a shorter one (seconds:) may fit.`;
  return `${clipText(clip)}\n${reason}`;
}

/** Where a song was posted, if not in the message that told how it stood. */
export const postedText = (sent: { readonly id: string; readonly channelId: string }, reply: Reply): string =>
  sent.channelId === reply.channelId
    ? `Here it is: https://discord.com/channels/${reply.guildId}/${sent.channelId}/${sent.id}`
    : "I sent it as a direct message.";

// Voice.

/** Why a song is not heard any more, or was never heard. */
export const lostTexts = {
  noJoin: "I couldn't join the voice channel.",
  left: "I left the voice channel.",
  removed: "I was removed from the voice channel.",
  connection: "I lost the connection to the voice channel.",
  alone: "Everyone left the voice channel, so I stopped playing.",
  mayNotSpeak: "I'm not allowed to speak on this stage.",
  notLetSpeak: "Nobody let me speak on this stage.",
} as const;

export const fullText = (channelId: string): string => `<#${channelId}> is full.`;
export const notPermittedText = (permissions: readonly string[], channelId: string): string =>
  `I need the permission ${permissions.map((name) => `**${name}**`).join(" and ")} to play in <#${channelId}>.`;

export const joiningText = (channelId: string): string => `Joining <#${channelId}>.`;
export const playingText = (channelId: string): string => `Playing in <#${channelId}>.`;
/** Discord itself counts down to that second since 1970. */
export const stillPlayingText = (channelId: string, until: number): string =>
  `Playing in <#${channelId}>, ends <t:${until}:R>.`;
export const playedText = "Played to the end. I'm finishing the file in full quality.";
export const onlyPostedText = (why: string): string => `${why} I'll only post the song.`;
export const stoppedText = (why: string): string => `${why} I'll post the song when it's finished.`;
