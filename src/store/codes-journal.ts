/** Codes of a song while it is made, written down in batches: one transaction a quarter of a second is enough. */
import type { CodesPiece, CodesStore } from "./codes.ts";

export interface CodesJournal {
  write(piece: CodesPiece): void;
  /** Up to which second the song was heard. */
  heard(seconds: number): void;
  /** Stores what is not stored yet. */
  flush(): void;
}

/** A notebook for one song. */
export function codesJournal(store: CodesStore, song: string, everyMs = 250): CodesJournal {
  let pieces: CodesPiece[] = [];
  let [heard, written] = [store.heardSeconds(song), store.heardSeconds(song)];
  let flushedAt = Date.now();
  const flush = () => {
    flushedAt = Date.now();
    if (pieces.length === 0 && heard === written) return;
    store.append(song, pieces, heard);
    [pieces, written] = [[], heard];
  };
  const flushIfDue = () => {
    if (Date.now() - flushedAt >= everyMs) flush();
  };
  return {
    write(piece) {
      pieces.push(piece);
      flushIfDue();
    },
    heard(seconds) {
      heard = seconds;
      flushIfDue();
    },
    flush,
  };
}
