/** What every stream inside an Ogg file offers, whatever its codec. */
import type { Page } from "../pages.ts";
import type { Piece } from "./source.ts";

/** One stream of sound in the file, page by page. */
export interface Link {
  readonly sampleRate: number;
  /** `gap`: something is missing before this page. */
  take(page: Page, gap: boolean): AsyncIterable<Piece> | Iterable<Piece>;
  end(): AsyncIterable<Piece> | Iterable<Piece>;
}
