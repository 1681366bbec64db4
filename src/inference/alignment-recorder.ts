/** Writes down when the lyrics are sung, while a level makes its codes: every now and then so far, and whole at the end. */
import { type Alignment, align } from "../lyrics/alignment.ts";
import { Attended, type AttendedRows } from "../lyrics/attended.ts";
import { type CharacterSet, fromIds } from "../lyrics/characters.ts";
import { spellingOf } from "../lyrics/lyrics.ts";
import type { Heading } from "../lyrics/subtitles.ts";
import { drawAlignment } from "../pictures/alignment.ts";
import { type AlignmentFiles, subtitlesOf } from "./alignment-files.ts";

/** What of a song the one who writes needs. */
export interface AlignmentJob extends Omit<Heading, "seconds"> {
  /** As the model reads them. */
  readonly lyrics: readonly number[];
  readonly characters: CharacterSet;
  /** The same lyrics as they were written. */
  readonly written?: string;
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
  const { lyrics, characters, written } = job;
  const text = fromIds(lyrics, characters);
  const spelling = written === undefined ? undefined : spellingFor(text, written, characters);
  const attended = new Attended({ characters: text.length, codes, codeSeconds });
  let next = AGAIN.seconds;
  return {
    attended(rows) {
      attended.add(rows);
      const until = (rows.from + rows.weights.length / rows.tokens) * codeSeconds;
      if (until < next) return;
      next = until + Math.max(AGAIN.seconds, AGAIN.share * until);
      tell(align(text, attended, spelling), until);
    },
    finish() {
      const alignment = align(text, attended, spelling);
      const seconds = codes * codeSeconds;
      tell(alignment, seconds);
      return job.sheet ? sheetOf(text, alignment, attended, { ...job, seconds }) : undefined;
    },
  };
}

/** Where nothing of the lyrics is sung, there is only a picture of it. */
function sheetOf(text: string, alignment: Alignment, attended: Attended, heading: Heading): AlignmentFiles {
  return { ...subtitlesOf(alignment, heading), picture: drawAlignment(text, attended, heading) };
}

/** What each character was written as, if that can be told. */
function spellingFor(text: string, written: string, characters: CharacterSet): readonly string[] | undefined {
  const spelling = spellingOf(written, characters);
  return spelling.length === text.length ? spelling : undefined;
}
