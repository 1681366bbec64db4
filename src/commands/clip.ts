/** Which clip someone means, refused in words if it can't be continued, and the song that goes on from it. */
import { randomInt } from "node:crypto";
import type { CommandInteraction } from "discord.js";
import { UserError } from "../errors.ts";
import type { ModelCard } from "../inference/engine.ts";
import { type Song, type SongOptions, songFrom } from "../song/song.ts";
import type { Clip } from "../store/clips.ts";
import { type Asking, ask } from "./ask.ts";
import type { BotContext } from "./command.ts";
import type { Kind } from "./names.ts";

const link = /^<?https:\/\/(?:\w+\.)?discord(?:app)?\.com\/channels\/(\d+|@me)\/(\d+)\/(\d+)>?$/;
const clipId = /^[0-9a-f]{8}$/;

/** A clip of this guild that still has its codes. */
export function clipOf(
  guildId: string,
  by: Parameters<BotContext["store"]["clips"]["find"]>[1],
  { store }: BotContext,
): Clip {
  const clip = store.clips.find(guildId, by);
  if (clip === undefined)
    throw new UserError(
      "That is no clip of mine. Others' sound I continue by the menu of its message, where it has a file, or with file:.",
    );
  if (clip.state === "dropped") throw new UserError("That clip is gone: I don't keep clips for ever.");
  return clip;
}

/** Codes mean nothing to another model. */
export function refuseOtherModel(clip: Clip, { model }: BotContext): void {
  if (clip.request.model !== model.name)
    throw new UserError("That clip was made by another model, and this one can't go on with it.");
}

/** The clip of a message link or an id; without one, the newest in this channel. */
export async function clipByLink(
  interaction: CommandInteraction<"cached">,
  text: string | null,
  context: BotContext,
): Promise<Clip> {
  const { guildId, channelId } = interaction;
  if (text === null) return newestHere(guildId, channelId, context);
  if (clipId.test(text.trim())) return clipOf(guildId, { id: text.trim() }, context);
  const [, linkedGuild, , messageId] = link.exec(text.trim()) ?? [];
  if (linkedGuild === undefined || messageId === undefined)
    throw new UserError("That is no link to a message. Right-click the clip and choose “Copy Message Link”.");
  if (linkedGuild !== guildId)
    throw new UserError("That clip is in another server; I only continue clips where they were made.");
  const clip = clipOf(guildId, { messageId }, context);
  if (await context.stillThere(clip)) return clip;
  context.store.clips.drop(clip.id);
  throw new UserError("That message was deleted, and its clip with it.");
}

async function newestHere(guildId: string, channelId: string, context: BotContext): Promise<Clip> {
  const { clips } = context.store;
  for (let clip = clips.newest(guildId, channelId); clip !== undefined; clip = clips.newest(guildId, channelId)) {
    if (await context.stillThere(clip)) return clip;
    clips.drop(clip.id);
  }
  throw new UserError("There is no clip of mine in this channel yet. Make one with /jukebox.");
}

const usualMore = 10;

/** Length of the whole song when a clip of so many seconds goes on for so many more. */
export function lengthened(before: number, more: number | undefined, { maxSeconds }: ModelCard): number {
  const most = Math.floor(maxSeconds - before);
  const length = Number(before.toFixed(1));
  if (most < 1) throw new UserError(`That clip is as long as my songs can be: ${length} of ${maxSeconds} s.`);
  if (more !== undefined && more > most)
    throw new UserError(`That clip has ${length} s and my songs at most ${maxSeconds} s: add ${most} s or less.`);
  return before + (more ?? Math.min(usualMore, most));
}

/** What was said of how it goes on. */
export interface Wish extends Kind {
  /** Seconds to be added. */
  readonly more?: number | undefined;
  /** Of a file, how much of its beginning is taken. */
  readonly promptSeconds?: number | undefined;
  /** So many candidates are made first. */
  readonly candidates?: number | undefined;
}

/** Puts a song into the queue that goes on from a clip's end. */
export async function continueClip(
  interaction: Asking,
  context: BotContext,
  clip: Clip,
  { more, candidates, ...wish }: Wish = {},
): Promise<undefined> {
  const { model, store } = context;
  const { song: before } = clip.request;
  refuseOtherModel(clip, context);
  if (clip.request.candidates !== undefined)
    throw new UserError("Those are candidates and not a song yet: pick one of them first.");
  const seconds = lengthened(before.seconds, more, model);
  const whole = before.totalSeconds !== undefined && { totalSeconds: Math.max(before.totalSeconds, seconds) };
  const changes = { seconds, ...whole, seed: randomInt(2 ** 32) };
  const kind = kindFor(wish, before);
  const song = kind === undefined ? { ...before, ...changes } : songFrom({ ...before, ...changes, ...kind }, model);
  const codes = store.codes.of(clip.id).map(({ length }) => length);
  return ask(interaction, context, song, { prompt: { clipId: clip.id, seconds: before.seconds, codes }, candidates });
}

/** What the song that goes on is asked to be, where something is told: genre and artist go together, each of the others stays; other chords choose their key. */
function kindFor({ genre, artist, mood, dynamics, chords }: Wish, before: Song): SongOptions | undefined {
  const told = [genre, artist, mood, dynamics, chords].some((text) => text !== undefined);
  if (!told) return undefined;
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
