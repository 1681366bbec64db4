/** Writes down when the lyrics are sung, while a level makes its codes: every now and then so far, and whole at the end. */
import { type Alignment, align } from "../lyrics/alignment.ts";
import { Attended, type AttendedRows } from "../lyrics/attended.ts";
import type { Heading } from "../lyrics/subtitles.ts";
import { drawAlignment } from "../pictures/alignment.ts";
import { type AlignmentFiles, subtitlesOf } from "./alignment-files.ts";

/** What of a song the one who writes needs. */
export interface AlignmentJob extends Omit<Heading, "seconds"> {
  /** The lyrics in the model's characters, one an id. */
  readonly text: string;
  /** What each of these was written as. */
  readonly spelling?: readonly string[];
  /** Whether files are wanted in the end. */
  readonly sheet: boolean;
}

export interface AlignmentRecorder {
  attended(rows: AttendedRows): void;
  /** Tells the last alignment; returns the files, if they are wanted. */
  finish(): AlignmentFiles | undefined;
}

interface Line {
  /** Codes of the whole song. */
  readonly codes: number;
  readonly codeSeconds: number;
}

/** How much more of the song there must be before it is aligned anew: so many seconds, and such a share of it. */
const AGAIN = { seconds: 2, share: 0.05 };

/** `tell` is told what is known up to a second of the song. */
export function openAlignmentRecorder(
  job: AlignmentJob,
  { codes, codeSeconds }: Line,
  tell: (alignment: Alignment, untilSeconds: number) => void,
): AlignmentRecorder {
  const attended = new Attended({ characters: job.text.length, codes, codeSeconds });
  let next = AGAIN.seconds;
  return {
    attended(rows) {
      attended.add(rows);
      const until = (rows.from + rows.weights.length / rows.tokens) * codeSeconds;
      if (until < next) return;
      next = until + Math.max(AGAIN.seconds, AGAIN.share * until);
      tell(align(job.text, attended, job.spelling), until);
    },
    finish() {
      const alignment = align(job.text, attended, job.spelling);
      const seconds = codes * codeSeconds;
      tell(alignment, seconds);
      return job.sheet ? sheetOf(alignment, attended, { ...job, seconds }) : undefined;
    },
  };
}

/** Where nothing of the lyrics is sung, there is only a picture of it. */
function sheetOf(
  alignment: Alignment,
  attended: Attended,
  song: AlignmentJob & { readonly seconds: number },
): AlignmentFiles {
  return { ...subtitlesOf(alignment, song), picture: drawAlignment(song.text, attended, song) };
}
