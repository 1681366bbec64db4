/** From a job to what the engine is asked for. */
import type { Codes, SongRequest } from "../../inference/engine.ts";
import type { Request } from "../../queue/job.ts";
import { tagsFor } from "../../song/describe.ts";
import { samplingFor } from "../../song/sampling.ts";
import type { SongServices } from "./song-services.ts";

/** The song of a request; `known` are the codes there are of it, which begin with the prompt's. */
export async function songRequest(
  { song, prompt }: Request,
  known: Codes,
  { engine, labelsFor }: Pick<SongServices, "engine" | "labelsFor">,
): Promise<SongRequest> {
  const { seconds, seed } = song;
  const sampling = samplingFor(song, engine.model.hops.length);
  const codes = prompt && { prompt: known.map((level, index) => level.subarray(0, prompt.codes[index])) };
  return { labels: await labelsFor(song), seconds, seed, sampling, ...codes };
}

/** The comments of its file: what is needed to make it again. A candidate that was picked is the song of its seed. */
export const fileTags = ({ song, prompt }: Request): Record<string, string> => ({
  ...tagsFor(song),
  ...(prompt && prompt.seconds > 0 && { CONTINUES: "clipId" in prompt ? prompt.clipId : prompt.file.slice(0, 200) }),
});
