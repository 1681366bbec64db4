/** Codes of a song while it is made, written down in batches: one transaction a quarter of a second is enough. */
import type { CodesPiece, CodesStore } from "./codes.ts";

export interface Notebook {
  write(piece: CodesPiece, heardSeconds: number): void;
  /** Stores what is not stored yet. */
  flush(): void;
}

/** A notebook for one song. */
export function notebook(store: CodesStore, song: string, everyMs = 250): Notebook {
  let pieces: CodesPiece[] = [];
  let heard = 0;
  let flushedAt = Date.now();
  const flush = () => {
    flushedAt = Date.now();
    if (pieces.length === 0) return;
    store.append(song, pieces, heard);
    pieces = [];
  };
  return {
    write(piece, heardSeconds) {
      pieces.push(piece);
      heard = heardSeconds;
      if (Date.now() - flushedAt >= everyMs) flush();
    },
    flush,
  };
}
