/** The files that tell when a clip's lyrics are sung, on their way into a message. */
import { readFile } from "node:fs/promises";
import { type AlignmentFiles, alignmentPaths } from "../../inference/alignment-files.ts";

const KINDS: Readonly<Record<keyof AlignmentFiles, { readonly ending: string; readonly contentType: string }>> = {
  lrc: { ending: ".lrc", contentType: "text/plain" },
  words: { ending: ".words.lrc", contentType: "text/plain" },
  vtt: { ending: ".vtt", contentType: "text/vtt" },
  picture: { ending: "-lyrics.png", contentType: "image/png" },
};

/** Those that stand beside the song at `path`, called after `name`. */
export async function alignmentAttachments(path: string, name: string) {
  const paths = alignmentPaths(path);
  const files = (Object.keys(KINDS) as (keyof AlignmentFiles)[]).map(async (kind) => {
    const { ending, contentType } = KINDS[kind];
    const data = await readFile(paths[kind]).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined; // a song without words
      throw error;
    });
    return data && { name: name + ending, data, contentType };
  });
  return (await Promise.all(files)).filter((file) => file !== undefined);
}
