/** A level's worker thread: fills the level with codes, of several songs at once. */
import { setTimeout as pause } from "node:timers/promises";
import { packError } from "../errors.ts";
import { openModelFolder } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import { lowerPriority } from "../priority.ts";
import { openAlignmentRecorder } from "./alignment-recorder.ts";
import { CodeBuffer } from "./code-buffer.ts";
import { fill, type LevelSize } from "./level.ts";
import { type FromLevel, isRaised, type OfSong, type ToLevel, type WorkerSetup } from "./messages.ts";
import { givesWay, type Pace, reach } from "./pace.ts";
import { openPrior, type Place, type Prior } from "./prior-sampler.ts";

/** Steps of priority: coarse levels before fine ones. They are small, so that a song gets finished beside other programs. */
const [COARSEST, EACH_FINER] = [3, 1];
const WAIT_MS = 10;

type Fill = Extract<ToLevel, { type: "fill" }>;

interface SongAtWork {
  readonly pace: Pace;
  readonly above: CodeBuffer | undefined;
}

export async function openLevelWorker(
  { folder, device, bits }: WorkerSetup,
  level: number,
  say: (message: OfSong<FromLevel>) => void,
): Promise<(message: OfSong<ToLevel>) => void> {
  const { config, store } = await openModelFolder(folder, level);
  const guidance = config.guidance?.[level] ?? 1;
  const prior = await openPrior(store, config.priors[level]!, { device, bits, guidance });
  lowerPriority(COARSEST + EACH_FINER * (config.priors.length - 1 - level));
  const size: LevelSize = {
    level,
    hop: hopsOf(config.vqvae)[level]!,
    hopFraction: config.hopFractions[level]!,
    sampleRate: config.sampleRate,
  };
  const songs = new Map<number, SongAtWork>();
  const places = placesOf(prior);
  const work = async (song: number, order: Fill, above: CodeBuffer | undefined): Promise<void> => {
    const tell = (message: FromLevel): void => say({ song, message });
    let last: FromLevel;
    try {
      last = await places.use((place) => fillLevel(place, size, order, { above, tell, beside: () => pacesOf(songs) }));
    } catch (error) {
      last = { type: "failed", failure: packError(error) };
    }
    songs.delete(song); // codes that come later are of no song any more
    tell(last);
  };
  return ({ song, message }) => {
    if (message.type === "codes") songs.get(song)?.above?.add(message.codes);
    if (message.type === "stop") songs.get(song)?.above?.release();
    if (message.type !== "fill") return;
    const above = message.above && new CodeBuffer(message.above.total, message.above.known);
    songs.set(song, { pace: message.pace, above });
    void work(song, message, above);
  };
}

const pacesOf = (songs: ReadonlyMap<number, SongAtWork>): Pace[] => [...songs.values()].map(({ pace }) => pace);

/** The prior's own place for the first song, and further ones for as long as there are songs beside it. */
function placesOf(prior: Prior) {
  let taken = false;
  return {
    async use<T>(work: (place: Place) => Promise<T>): Promise<T> {
      const own = !taken;
      const place = own ? prior : prior.beside();
      taken = true;
      try {
        return await work(place);
      } finally {
        if (own) taken = false;
        else await place.close();
      }
    },
  };
}

interface FillContext {
  readonly above: CodeBuffer | undefined;
  /** Of all songs at this level. */
  beside(): Iterable<Pace>;
  tell(message: FromLevel): void;
}

/** Returns the last event. */
async function fillLevel(
  place: Place,
  size: LevelSize,
  { job, recorder: alignment, stop, pace }: Fill,
  { above, beside, tell }: FillContext,
): Promise<FromLevel> {
  const { level, hop, sampleRate } = size;
  const stopped = (): boolean => isRaised(stop);
  const recorder =
    alignment &&
    openAlignmentRecorder(alignment, { codes: job.total, codeSeconds: hop / sampleRate }, (alignment, untilSeconds) =>
      tell({ type: "alignment", untilSeconds, alignment }),
    );
  const made = async (from: number, codes: Uint16Array): Promise<void> => {
    const until = from + codes.length;
    tell({ type: "codes", level, from, codes });
    reach(pace, level, (until * hop) / sampleRate, until === job.total);
    await nextTurn();
    while (!stopped() && givesWay(pace, level, beside())) await pause(WAIT_MS);
  };
  await fill(place, size, job, new CodeBuffer(job.total, job.known), {
    ...(above && { upper: above }),
    stopped,
    made,
    ...(recorder && { attended: recorder.attended }),
  });
  const sheet = stopped() ? undefined : recorder?.finish();
  return { type: "end", ...(sheet && { sheet }) };
}

/** Lets this thread take its messages. */
const nextTurn = (): Promise<void> => new Promise((go) => setImmediate(go));
