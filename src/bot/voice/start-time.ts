/** When a song may begin to play: once what is made, and what will be made meanwhile, lasts to its end. */

export interface StartTime {
  /** Takes note that the song can be played up to this second. */
  made(seconds: number): void;
  /** Whether it can be played from this second to its end without a pause, as far as that can be told now. */
  lasts(fromSeconds: number): boolean;
  /** Of a song that was found not to last: how long until it will, if that can be told. */
  readonly wait: Wait | undefined;
}

export interface Wait {
  readonly seconds: number;
  /** Whether it has been playing before. */
  readonly again: boolean;
}

export interface StartTimeOptions {
  readonly totalSeconds: number;
  /** Made before. */
  readonly madeSeconds?: number;
  /** In milliseconds. */
  readonly now?: () => number;
}

/** The speed is that of the last so many milliseconds, and of so many pieces at least. */
const recentMs = 20_000;
const leastPieces = 16;
/** So much of the measured speed is counted on; after each wrong guess, so much of that. */
const caution = 0.9;

interface Piece {
  readonly at: number;
  readonly seconds: number;
}

/** For a song of which nothing has been played. */
export function createStartTime(options: StartTimeOptions): StartTime {
  const { totalSeconds, madeSeconds = 0, now = () => performance.now() } = options;
  const pieces: Piece[] = [];
  let reached = madeSeconds;
  let trust = caution;
  let playing = false;
  let waitingAt: number | undefined;

  /** Seconds of the song made in a second; unknown before the second piece. */
  const speed = (): number | undefined => {
    const first = pieces[0];
    return first && pieces.length > 1 ? (reached - first.seconds) / ((now() - first.at) / 1000) : undefined;
  };
  /** What will still be missing when the end is to be played; from 0 down it lasts. */
  const missing = (from: number): number =>
    reached >= totalSeconds ? 0 : totalSeconds - reached - trust * (speed() ?? 0) * (totalSeconds - from);

  return {
    made(seconds) {
      if (seconds <= reached) return;
      reached = seconds;
      pieces.push({ at: now(), seconds });
      while (pieces.length > leastPieces && pieces[1]!.at < now() - recentMs) pieces.shift();
    },
    lasts(from) {
      if (playing) {
        playing = false; // it is asked anew only when it has paused
        trust *= caution;
      }
      playing = missing(from) <= 0;
      waitingAt = playing ? undefined : from;
      return playing;
    },
    get wait() {
      const rate = speed();
      if (waitingAt === undefined || !rate) return undefined;
      return { seconds: Math.max(0, missing(waitingAt)) / rate, again: trust < caution };
    },
  };
}
