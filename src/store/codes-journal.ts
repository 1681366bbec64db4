/** Codes of a song while it is made, written down in batches: one transaction a quarter of a second is enough. */
import type { CodesPiece, CodesStore } from "./codes.ts";

export interface CodesJournal {
  write(piece: CodesPiece): void;
  /** Up to which second the song was heard. */
  played(seconds: number): void;
  /** Stores what is not stored yet, or keeps it in memory where the disk won't have it. */
  flush(): void;
  /** Stores what is not stored yet, or throws. */
  save(): void;
}

export interface JournalOptions {
  readonly everyMs?: number;
  /** Called with the first of the errors that follow one another. */
  readonly onError?: (error: unknown) => void;
}

/** After a failure a batch waits so many times as long. */
const patience = 8;

/** A notebook for one song. A disk that is full for a while costs no code: they are stored when there is room. */
export function codesJournal(
  store: CodesStore,
  song: string,
  { everyMs = 250, onError = () => undefined }: JournalOptions = {},
): CodesJournal {
  let pieces: CodesPiece[] = [];
  let [played, written] = [store.playedSeconds(song), store.playedSeconds(song)];
  let flushedAt = Date.now();
  let failing = false;
  const save = () => {
    flushedAt = Date.now();
    if (pieces.length === 0 && played === written) return;
    store.append(song, pieces, played);
    [pieces, written, failing] = [[], played, false];
  };
  const flush = () => {
    try {
      save();
    } catch (error) {
      if (!failing) onError(error);
      failing = true;
    }
  };
  const flushIfDue = () => {
    if (Date.now() - flushedAt >= everyMs * (failing ? patience : 1)) flush();
  };
  return {
    write(piece) {
      pieces.push(piece);
      flushIfDue();
    },
    played(seconds) {
      played = seconds;
      flushIfDue();
    },
    flush,
    save,
  };
}
