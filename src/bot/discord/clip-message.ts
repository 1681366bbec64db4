/** What a clip looks like when it is posted: its words, its files, its buttons. */
import { readFile } from "node:fs/promises";
import { type APIButtonComponentWithCustomId, ButtonStyle, ComponentType } from "discord.js";
import { continueButton } from "../../commands/continue-here.ts";
import { pickButton } from "../../commands/pick.ts";
import type { Clip } from "../../store/clips.ts";
import { candidateId } from "../../store/codes.ts";
import type { Background } from "../background.ts";
import { candidatePath } from "../song-paths.ts";
import { alignmentAttachments } from "./alignment-attachments.ts";
import type { MessagePayload } from "./messages.ts";
import { clipText } from "./texts.ts";

export interface ClipMessageOptions {
  readonly note?: string | undefined;
  /** Only what can be heard: no pictures and no times of the lyrics. */
  readonly isBare?: boolean;
}

/** The message with a clip in it, or with all of its candidates. */
export async function clipMessage(
  clip: Clip,
  draw: Background["waveform"],
  { note, isBare = false }: ClipMessageOptions = {},
): Promise<MessagePayload> {
  const content = [clipText(clip), ...(note === undefined ? [] : [note])].join("\n");
  const { candidates } = clip.request.order;
  const rest = candidates === undefined ? await songParts(clip, draw, isBare) : await candidateParts(clip, candidates);
  return { content, nonce: `clip-${clip.id}`, ...rest };
}

async function songParts(
  clip: Clip,
  draw: Background["waveform"],
  isBare: boolean,
): Promise<Pick<MessagePayload, "files" | "components">> {
  const picture = async () => ({
    name: "waveform.png",
    data: Buffer.from(await draw(clip.peaks)),
    contentType: "image/png",
  });
  const others = isBare ? [] : [await picture(), ...(await alignmentAttachments(clip.path, nameOf(clip)))];
  return {
    files: [await audio(clip, clip.path), ...others],
    components: [row([button("Continue", `${continueButton.prefix}${clip.id}`)])],
  };
}

async function candidateParts(clip: Clip, count: number): Promise<Omit<MessagePayload, "content">> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return {
    files: await Promise.all(numbers.map((number) => audio(clip, candidatePath(clip.path, number), `-${number}`))),
    components: [
      row(numbers.map((number) => button(`Pick ${number}`, `${pickButton.prefix}${candidateId(clip.id, number)}`))),
    ],
    needsButtons: true,
  };
}

const audio = async (clip: Clip, path: string, ending = "") => ({
  name: `${nameOf(clip)}${ending}.ogg`,
  data: await readFile(path),
  contentType: "audio/ogg",
});

/** What its files are called. */
const nameOf = ({ id, request }: Clip): string =>
  `${request.order.song.genre.replace(/[^a-z0-9]+/gi, "-").toLowerCase() || "song"}-${id}`;

const button = (label: string, custom_id: string): APIButtonComponentWithCustomId => ({
  type: ComponentType.Button,
  style: ButtonStyle.Secondary,
  label,
  custom_id,
});

const row = (components: APIButtonComponentWithCustomId[]) => ({ type: ComponentType.ActionRow as const, components });
