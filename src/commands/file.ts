/** Anyone's sound file: which one is meant, and the song that goes on from its beginning. */
import { randomInt } from "node:crypto";
import type { Attachment, Message } from "discord.js";
import { UserError } from "../errors.ts";
import type { Encoded } from "../inference/engine.ts";
import { songFrom } from "../song/song-from.ts";
import { ask } from "./ask.ts";
import { type ContinueOptions, lengthened } from "./clip.ts";
import type { Attached, BotContext, GuildInteraction, NewJob } from "./command.ts";
import { plain } from "./text.ts";
import * as texts from "./texts.ts";

/** A file as Discord tells of it; nothing of it is believed. */
export const attached = ({ name, url, size }: Attachment): Attached => ({ name, url, bytes: size });

/** The first attachment of a message, or of one that it forwards, that looks like sound, by its type or its name. */
export function soundIn({ attachments, messageSnapshots }: Message): Attached | undefined {
  const all = [attachments, ...messageSnapshots.map((forwarded) => forwarded.attachments)];
  const found = all
    .flatMap((some) => [...some.values()])
    .find(
      ({ contentType, name }) =>
        /^(audio\/|video\/ogg|application\/ogg)/.test(contentType ?? "") || /\.(wav|flac|mp3|og[ga]|opus)$/i.test(name),
    );
  return found && attached(found);
}

/** So much is always left to be made. */
const leastMore = 5;

/** Listens to the file, and orders a song that begins with it: with all of it, if songs can be that long. */
export async function continueFile(
  interaction: GuildInteraction,
  context: BotContext,
  file: Attached,
  wish: ContinueOptions,
): Promise<NewJob> {
  const { model, queue } = context;
  const { more, promptSeconds, candidates, ...names } = wish;
  const most = model.maxSeconds - leastMore;
  if (promptSeconds !== undefined && promptSeconds > most)
    throw new UserError(texts.tooMuchOfFile(most, model.maxSeconds));
  const options = { ...names, seed: randomInt(2 ** 32) };
  songFrom(options, model); // refuses names before anything is fetched
  await queue.checkRoom(interaction.user.id);
  const encoded = await context.readSound(file, { maxSeconds: promptSeconds ?? most, userId: interaction.user.id });
  const { codes, seconds } = encoded;
  const song = songFrom({ ...options, seconds: lengthened(seconds, more, model) }, model);
  const prompt = { file: file.name, seconds, codes: codes.map(({ length }) => length) };
  return ask(interaction, context, song, { prompt, codes, notes: [noteOn(file, encoded)], candidates });
}

/** Rounding to whole codes takes away less. */
const muchSeconds = 0.5;

function noteOn({ name }: Attached, { seconds, wholeSeconds, warnings }: Encoded): string {
  const all = wholeSeconds !== undefined && wholeSeconds < seconds + muchSeconds;
  const begins = texts.beginsWith(plain(name), seconds, all ? seconds : wholeSeconds);
  return [begins, ...warnings.map(plain)].join(" ");
}
