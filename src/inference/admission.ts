/** Whether one more song can be made so that every listener's song keeps ahead: decided by the speed that is measured. */

/** Speeds are of the last so many seconds. */
const RECENT_SECONDS = 4;
/** Less than this says too little. */
const ENOUGH_SECONDS = 1;
/** Songs with a listener keep at least this × real time. */
const SPARE = 1.15;

interface Point {
  readonly at: number;
  readonly made: number;
}

interface Song {
  readonly live: boolean;
  /** Of the song's finest level, the oldest first. */
  readonly points: Point[];
}

export class Admission {
  readonly #now: () => number;
  readonly #songs = new Map<object, Song>();

  /** `now` counts seconds. */
  constructor(now: () => number = () => performance.now() / 1000) {
    this.#now = now;
  }

  begin(song: object, live: boolean): void {
    this.#songs.set(song, { live, points: [{ at: this.#now(), made: 0 }] });
  }

  /** So many more seconds of the song are made. */
  made(song: object, seconds: number): void {
    const points = this.#songs.get(song)?.points;
    if (!points) return;
    const at = this.#now();
    points.push({ at, made: points.at(-1)!.made + seconds });
    while (points.length > 2 && at - points[1]!.at >= RECENT_SECONDS) points.shift();
  }

  end(song: object): void {
    this.#songs.delete(song);
  }

  /** The same speed is shared by one more listener; songs without one give way. No, while one of `begun` songs isn't here yet. */
  admits(begun: number): boolean {
    const songs = [...this.#songs.values()];
    if (songs.length < begun) return false;
    const live = songs.filter((song) => song.live).length;
    if (live === 0) return true;
    const all = songs.reduce((sum, song) => sum + this.#speedOf(song), 0);
    return all / (live + 1) >= SPARE;
  }

  /** × real time; 0 while too little is known. */
  #speedOf({ points }: Song): number {
    const { at, made } = points[0]!;
    const seconds = this.#now() - at;
    return seconds < ENOUGH_SECONDS ? 0 : (points.at(-1)!.made - made) / seconds;
  }
}
