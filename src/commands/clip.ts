/** Which clip someone means, refused in words if it can't be continued, and the song that goes on from it. */
import { randomInt } from "node:crypto";
import type { CommandInteraction } from "discord.js";
import { UserError } from "../errors.ts";
import type { ModelCard } from "../inference/engine.ts";
import type { Song, SongOptions } from "../song/song.ts";
import { songFrom } from "../song/song-from.ts";
import type { Clip } from "../store/clips.ts";
import { ask } from "./ask.ts";
import type { BotContext, GuildInteraction, NewJob } from "./command.ts";
import type { MusicOptions } from "./names.ts";
import { readReference } from "./reference.ts";
import * as texts from "./texts.ts";

/** A clip of this guild that still has its codes; `otherwise` is said where there is none. */
export function clipOf(
  guildId: string,
  by: Parameters<BotContext["store"]["clips"]["find"]>[1],
  { store }: BotContext,
  otherwise: string,
): Clip {
  const clip = store.clips.find(guildId, by);
  if (clip === undefined) throw new UserError(otherwise);
  if (clip.state === "dropped") throw new UserError(texts.clipExpired);
  return clip;
}

/** Codes mean nothing to another model. */
export function refuseOtherModel(clip: Clip, { model }: BotContext): void {
  if (clip.request.order.model !== model.name) throw new UserError(texts.otherModel);
}

/** The clip that a text refers to; without one, the newest in this channel. */
export async function clipByReference(
  interaction: CommandInteraction<"cached">,
  text: string | null,
  context: BotContext,
): Promise<Clip> {
  const { guildId, channelId } = interaction;
  if (text === null) return newestHere(guildId, channelId, context);
  const reference = readReference(text);
  if (reference === undefined) throw new UserError(texts.unknownReference);
  if (reference.kind === "channel") throw new UserError(texts.linkToChannel);
  if (reference.kind === "clip") return clipOf(guildId, { id: reference.id }, context, texts.unknownClip(reference.id));
  if (reference.guildId === "@me") throw new UserError(texts.directMessage);
  if (reference.guildId !== undefined && reference.guildId !== guildId) throw new UserError(texts.otherServer);
  const messageId = await originalOf(reference, interaction, context);
  const clip = clipOf(guildId, { messageId }, context, texts.notAClip);
  if (await context.stillThere(clip)) return clip;
  context.store.clips.drop(clip.id);
  throw new UserError(texts.clipDeleted);
}

/** The message itself if it holds a clip, else the one of this guild that it forwards. */
async function originalOf(
  { messageId, channelId }: { readonly messageId: string; readonly channelId?: string },
  { guildId, channelId: here }: CommandInteraction<"cached">,
  context: BotContext,
): Promise<string> {
  if (context.store.clips.find(guildId, { messageId }) !== undefined) return messageId;
  const original = await context.forwarded(channelId ?? here, messageId);
  return original?.guildId === guildId ? original.messageId : messageId;
}

async function newestHere(guildId: string, channelId: string, context: BotContext): Promise<Clip> {
  const { clips } = context.store;
  for (let clip = clips.newest(guildId, channelId); clip !== undefined; clip = clips.newest(guildId, channelId)) {
    if (await context.stillThere(clip)) return clip;
    clips.drop(clip.id);
  }
  throw new UserError(texts.noClipHere);
}

const usualMore = 10;

/** Length of the whole song when a clip of so many seconds goes on for so many more. */
export function lengthened(before: number, more: number | undefined, { maxSeconds }: ModelCard): number {
  const most = Math.floor(maxSeconds - before);
  if (most < 1) throw new UserError(texts.clipIsLongest(before, maxSeconds));
  if (more !== undefined && more > most) throw new UserError(texts.tooMuchMore(before, maxSeconds, most));
  return before + (more ?? Math.min(usualMore, most));
}

/** What was said of how it goes on. */
export interface ContinueOptions extends MusicOptions {
  /** Seconds to be added. */
  readonly more?: number | undefined;
  /** Of a file, how much of its beginning is taken. */
  readonly promptSeconds?: number | undefined;
  /** So many candidates are made first. */
  readonly candidates?: number | undefined;
}

/** A song that goes on from a clip's end. */
export async function continueClip(
  interaction: GuildInteraction,
  context: BotContext,
  clip: Clip,
  { more, candidates, ...wish }: ContinueOptions = {},
): Promise<NewJob> {
  const { model, store } = context;
  const { song: before } = clip.request.order;
  refuseOtherModel(clip, context);
  if (clip.request.order.candidates !== undefined) throw new UserError(texts.candidatesNotPicked);
  const seconds = lengthened(before.seconds, more, model);
  const whole = before.totalSeconds !== undefined && { totalSeconds: Math.max(before.totalSeconds, seconds) };
  const changes = { seconds, ...whole, seed: randomInt(2 ** 32) };
  const kind = changesFor(wish, before);
  const song = kind === undefined ? { ...before, ...changes } : songFrom({ ...before, ...changes, ...kind }, model);
  const codes = store.codes.of(clip.id).map(({ length }) => length);
  return ask(interaction, context, song, { prompt: { clipId: clip.id, seconds: before.seconds, codes }, candidates });
}

/** What the song that goes on is asked to be, where something is told: genre and artist go together, each of the others stays; other chords choose their key. */
function changesFor({ genre, artist, mood, dynamics, chords }: ContinueOptions, before: Song): SongOptions | undefined {
  const isChanged = [genre, artist, mood, dynamics, chords].some((text) => text !== undefined);
  if (!isChanged) return undefined;
  const band = genre === undefined && artist === undefined ? before : { genre, artist };
  return {
    genre: band.genre,
    artist: band.artist,
    mood: mood ?? before.mood,
    dynamics: dynamics ?? before.dynamics,
    chords: chords ?? before.chords,
    ...(chords !== undefined && { key: undefined }),
  };
}
