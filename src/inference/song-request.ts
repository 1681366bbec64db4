/** From an order to what the engine is asked for, and to the tags of its file: the one place where songs are assembled. */
import { tagsFor } from "../song/describe.ts";
import type { Order, Prompt } from "../song/order.ts";
import { samplingFor } from "../song/sampling.ts";
import type { Labels } from "../song/song.ts";
import type { Codes, ModelCard, SongRequest } from "./engine.ts";

export interface SongParts {
  readonly model: Pick<ModelCard, "hops">;
  /** Of the order's song, for this model. */
  readonly labels: Labels;
  /** Codes of the song that exist already; they begin with the prompt's. */
  readonly known?: Codes;
}

/** The engine's request for an order's song. */
export function songRequest(
  { song, prompt }: Pick<Order, "song" | "prompt">,
  { model, labels, known = [] }: SongParts,
): SongRequest {
  const { seconds, seed } = song;
  const sampling = samplingFor(song, model.hops.length);
  const codes = prompt && { prompt: known.map((level, index) => level.subarray(0, prompt.codes[index])) };
  return { labels, seconds, seed, sampling, ...codes };
}

/** The tags of the song's file: enough to generate it again. A candidate that was picked is the song of its seed. */
export const fileTags = ({ song, prompt }: Pick<Order, "song" | "prompt">): Record<string, string> => ({
  ...tagsFor(song),
  ...(prompt && prompt.seconds > 0 && originTag(prompt)),
});

const mostNameCharacters = 200;

function originTag(prompt: Prompt): Record<string, string> {
  if ("clipId" in prompt) return { CONTINUES: prompt.clipId };
  return { [prompt.isUpsampled ? "UPSAMPLES" : "CONTINUES"]: prompt.file.slice(0, mostNameCharacters) };
}
