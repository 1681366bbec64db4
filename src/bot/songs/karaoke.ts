/** Knows which line of a song's lyrics is being sung. */
import { type Alignment, lineAt } from "../../lyrics/alignment.ts";

export interface KaraokeLine {
  /** Nothing in pauses, and while the engine has not told. */
  readonly line: string | undefined;
  /** Both return whether it is another line now. */
  setAlignment(alignment: Alignment): boolean;
  moveTo(seconds: number): boolean;
}

export function createKaraokeLine(): KaraokeLine {
  let alignment: Alignment | undefined;
  let [at, line]: [number, string | undefined] = [0, undefined];
  const look = (): boolean => {
    const before = line;
    line = alignment && lineAt(alignment, at)?.text;
    return line !== before;
  };
  return {
    get line() {
      return line;
    },
    setAlignment(newest) {
      alignment = newest;
      return look();
    },
    moveTo(seconds) {
      at = seconds;
      return look();
    },
  };
}
