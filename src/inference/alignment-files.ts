/** The files that tell when a song's lyrics are sung; they stand beside the song. */
import { openPartFile } from "../files.ts";
import type { Alignment } from "../lyrics/alignment.ts";
import { enhancedLrcOf, type Heading, lrcOf, webVttOf } from "../lyrics/subtitles.ts";

/** The bytes of each file. */
export interface AlignmentFiles {
  readonly lrc?: Uint8Array;
  /** LRC with word times, which not every player knows. */
  readonly words?: Uint8Array;
  readonly vtt?: Uint8Array;
  readonly picture?: Uint8Array;
}

/** Lines as files; nothing where nothing is sung. */
export function subtitlesOf(alignment: Alignment, heading: Heading): Pick<AlignmentFiles, "lrc" | "words" | "vtt"> {
  if (alignment.lines.length === 0) return {};
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return {
    lrc: bytes(lrcOf(alignment, heading)),
    ...(heading.wordTimes && { words: bytes(enhancedLrcOf(alignment, heading)) }),
    vtt: bytes(webVttOf(alignment)),
  };
}

/** Their names beside a song's: the same with other endings. */
export function alignmentPaths(song: string): Readonly<Record<keyof AlignmentFiles, string>> {
  const base = song.replace(/\.[^./\\]*$/, "");
  return { lrc: `${base}.lrc`, words: `${base}.words.lrc`, vtt: `${base}.vtt`, picture: `${base}.png` };
}

export interface PendingAlignmentFiles {
  /** Of all of them. */
  readonly bytes: number;
  close(): void;
  discard(): void;
}

/** Writes them; they appear when they are closed, and not at all when they are discarded. */
export function openAlignmentFiles(song: string, sheet: AlignmentFiles): PendingAlignmentFiles {
  const paths = alignmentPaths(song);
  const files: ReturnType<typeof openPartFile>[] = [];
  const discard = (): void => {
    for (const file of files) file.discard();
  };
  try {
    for (const [kind, bytes] of Object.entries(sheet) as [keyof AlignmentFiles, Uint8Array][]) {
      const file = openPartFile(paths[kind]);
      files.push(file);
      file.append(bytes);
    }
  } catch (error) {
    discard();
    throw error;
  }
  return {
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    close: () => {
      for (const file of files) file.close();
    },
    discard,
  };
}
