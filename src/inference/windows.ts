/** Which windows a prior goes through to fill a level, and what each already knows when it starts (spec 6.3, 6.4). */

export interface Span {
  /** First code of the window. */
  readonly start: number;
  /** One past its last code. */
  readonly end: number;
  /** Codes from `start` that are there before the window starts: the window before, or the song's prompt. */
  readonly prefix: number;
}

export interface LevelSpan {
  /** Codes of the whole song at this level. */
  readonly total: number;
  readonly nCtx: number;
  /** Codes from one window's start to the next one's. */
  readonly hop: number;
  /** Codes the song begins with. */
  readonly prompt?: number;
}

/** Full windows from 0 in steps of `hop`, the last one moved back to end with the song; one short window if all fits in one. */
export function windows({ total, nCtx, hop, prompt = 0 }: LevelSpan): Span[] {
  const spans: Span[] = [];
  let known = prompt;
  for (const start of starts(total, nCtx, hop)) {
    const end = Math.min(start + nCtx, total);
    if (end > known) spans.push({ start, end, prefix: Math.max(known - start, 0) });
    known = Math.max(known, end);
  }
  return spans;
}

/** Codes from one window's start to the next: a share of the window, in whole codes of the level above, which `stride` of these share. */
export function hopOf(nCtx: number, fraction: number, stride = 1): number {
  const codes = Math.trunc(nCtx * Math.min(fraction, 1));
  return Math.max(stride, codes - (codes % stride));
}

/** Where windows start: spec 6.4. */
export function starts(total: number, nCtx: number, hop: number): number[] {
  if (total <= nCtx) return [0];
  const list: number[] = [];
  for (let start = 0; start < total - nCtx + hop; start += hop) {
    list.push(Math.min(start, total - nCtx));
    if (start + nCtx >= total) break;
  }
  return list;
}
