/** The renderer's worker thread: decodes, cross-fades and writes the sound of several songs at once. */
import { packError } from "../errors.ts";
import { openModelFolder } from "../model/folder.ts";
import { lowerPriority } from "../priority.ts";
import { type LevelDecoder, openDecoder } from "./decode.ts";
import { type FromRenderer, isRaised, type OfSong, type ToRenderer, type WorkerSetup } from "./messages.ts";
import { openSound, type Sound } from "./sound.ts";

/** A step behind the bot's thread, which must send a frame every 20 ms, and before the levels. */
const PRIORITY = 2;

type Render = Extract<ToRenderer, { type: "render" }>;

export async function openRendererWorker(
  { folder, device }: WorkerSetup,
  say: (message: OfSong<FromRenderer>) => void,
): Promise<(message: OfSong<ToRenderer>) => void> {
  const { config, store } = await openModelFolder(folder, "vqvae");
  const decoders = await Promise.all(
    config.priors.map((_, level) => openDecoder(store, level, config.vqvae, { device })),
  );
  lowerPriority(PRIORITY);
  const songs = new Map<number, SongSound>();
  return ({ song, message }) => {
    if (message.type !== "render") return songs.get(song)?.take(message);
    const tell = (event: FromRenderer): void => say({ song, message: event });
    const work = async (): Promise<FromRenderer> => {
      const sound = new SongSound(message, decoders, config.sampleRate, tell);
      songs.set(song, sound);
      return sound.make();
    };
    const over = (event: FromRenderer): void => {
      songs.delete(song); // codes that come later are of no song any more
      tell(event);
    };
    work().then(over, (error: unknown) => over({ type: "failed", failure: packError(error) }));
  };
}

class SongSound {
  readonly #sound: Sound;
  readonly #stop: Render["stop"];
  #wake: () => void = () => undefined;

  constructor(
    { order, stop }: Render,
    decoders: readonly LevelDecoder[],
    sampleRate: number,
    tell: (event: FromRenderer) => void,
  ) {
    this.#sound = openSound(order, decoders, sampleRate, (live) => tell({ type: "live", ...live }));
    this.#stop = stop;
  }

  take(message: Exclude<ToRenderer, Render>): void {
    if (message.type === "codes") this.#sound.lines[message.level]?.add(message.codes);
    if (message.type === "listen") this.#sound.listen(message.untilSeconds);
    if (message.type === "sheet") this.#sound.keep(message.sheet);
    this.#wake();
  }

  /** Works while there is work, and sleeps until the next message when there is none. */
  async make(): Promise<FromRenderer> {
    const stopped = (): boolean => isRaised(this.#stop);
    try {
      while (!this.#sound.done && !stopped()) await ((await this.#sound.step()) ? nextTurn() : this.#message());
      return stopped() ? { type: "end" } : { type: "end", recording: this.#sound.finish() };
    } finally {
      this.#sound.discard(); // does nothing once finished
    }
  }

  #message(): Promise<void> {
    return new Promise((go) => {
      this.#wake = go;
    });
  }
}

/** Lets this thread take its messages. */
const nextTurn = (): Promise<void> => new Promise((go) => setImmediate(go));
