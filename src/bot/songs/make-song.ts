/** The life of one song: from its labels to codes and sound, to the channel it is heard in, and to the file that is posted. */
import { UserError } from "../../errors.ts";
import { fileTags, songRequest } from "../../inference/song-request.ts";
import { log } from "../../log.ts";
import type { SavedJob } from "../../queue/job.ts";
import type { Turn } from "../../queue/local-queue.ts";
import type { Clip } from "../../store/clips.ts";
import { codesJournal } from "../../store/codes-journal.ts";
import type { Reply } from "../../store/reply.ts";
import type { Store } from "../../store/store.ts";
import { otherModelText } from "../discord/texts.ts";
import { withRoom } from "../room.ts";
import { songPath } from "../song-paths.ts";
import { type FeedOptions, framesPerSecond } from "../voice/feed.ts";
import { Playback } from "../voice/playback.ts";
import { createStartTime } from "../voice/start-time.ts";
import { deleteSong } from "./housekeeping.ts";
import { createKaraokeLine } from "./karaoke.ts";
import { makeCandidates } from "./make-candidates.ts";
import { finishedClip, postClip } from "./post-clip.ts";
import { createProgressEstimate } from "./progress.ts";
import type { SongServices } from "./song-services.ts";
import { unwritten } from "./unwritten.ts";

/** Makes a song, plays it meanwhile, and posts it; the same after a restart, from the codes there are. */
export async function makeSong(job: SavedJob<Reply>, turn: Turn, services: SongServices): Promise<{ note?: string }> {
  if (job.request.order.model !== services.engine.model.name) throw new UserError(otherModelText);
  const work = job.request.order.candidates === undefined ? makeWholeSong : makeCandidates;
  try {
    return await withRoom(job, turn, services, (watched) => work(job, watched, services));
  } catch (error) {
    if (!turn.closing.aborted) await dropUnfinished(job, services);
    throw error;
  }
}

/** Files of a song that came to nothing would be nobody's. */
async function dropUnfinished(job: SavedJob<Reply>, { store, folder }: SongServices): Promise<void> {
  try {
    if (finishedClip(job, store) === undefined) await deleteSong(songPath(job.id, folder));
  } catch (error) {
    log("warning", `the files of song ${job.id} are left`, error); // perhaps a clip needs them
  }
}

async function makeWholeSong(job: SavedJob<Reply>, turn: Turn, services: SongServices): Promise<{ note?: string }> {
  const over = new AbortController(); // whoever still joins then, joins for nothing
  const entry = services.sessions.enter(job.request.reply, AbortSignal.any([turn.signal, over.signal]));
  const playback = new Playback(entry);
  try {
    const finished = playback.isLive ? undefined : finishedClip(job, services.store); // nobody listens: no need to make it again
    const clip = finished ?? (await generate(job, turn, services, { playback }));
    turn.generated();
    if (finished) turn.report({ status: "playing" });
    const quietly: Turn = { ...turn, signal: turn.closing, report: () => undefined };
    const again = (bitrate: number) => generate(job, quietly, services, { bitrate });
    const posted = postClip(clip, { replies: services.replies, note: playback.missed, again });
    const [delivery, played] = await Promise.all([posted, playback.drained(turn.signal)]);
    turn.closing.throwIfAborted(); // it was cut short, and goes on later
    if (played)
      log("info", `song ${job.id}: heard to ${played.seconds} s, ${played.gaps} gaps, ${played.gapSeconds} s`);
    const notes = [playback.missed, delivery?.note].filter((note) => note !== undefined);
    return notes.length > 0 ? { note: notes.join(" ") } : {};
  } finally {
    over.abort();
    const joined = await entry.joined;
    if ("session" in joined) services.sessions.release(joined.session, { now: turn.signal.aborted });
  }
}

interface GenerateOptions {
  /** Where it is heard meanwhile. */
  readonly playback?: Playback;
  readonly bitrate?: number;
}

/** Has the engine make the song, keeps its codes as they come, and plays it meanwhile. */
async function generate(
  job: SavedJob<Reply>,
  turn: Turn,
  services: SongServices,
  { playback, bitrate }: GenerateOptions,
): Promise<Clip> {
  const { engine, store } = services;
  const { order } = job.request;
  const { song } = order;
  const known = store.codes.of(job.id);
  const fromSeconds = liveFrom(job, store);
  const totals = engine.codesIn(song.seconds);
  const request = songRequest(order, { model: engine.model, labels: await services.labelsFor(song), known });
  const generation = engine.generate(request, {
    signal: turn.signal,
    ...(known.length > 0 && { known }),
    ...fileOf(job, services.folder, bitrate),
    ...(job.request.order.song.lyrics !== undefined && { lyrics: job.request.order.song.lyrics }),
    ...(bitrate !== undefined && { aligned: false }), // it was, when the song was made first
    ...(playback?.isLive && { live: "opus", liveFromSeconds: fromSeconds }),
  });
  const estimate = createProgressEstimate(totals, known);
  const coarsest = totals.length - 1;
  const secondsOf = (codes: number) => (codes / totals[coarsest]!) * song.seconds;
  const startTime = createStartTime({
    totalSeconds: song.seconds,
    madeSeconds: secondsOf(known[coarsest]?.length ?? 0),
  });
  const journal = codesJournal(store.codes, job.id, { onError: unwritten(job.id) });
  const karaoke = createKaraokeLine();
  let phase: "making" | "made" | "broken" = "making";
  const report = () => {
    if (phase === "broken") return;
    const line = karaoke.line === undefined ? {} : { line: karaoke.line };
    const wait = playback?.isLive ? startTime.wait : undefined;
    const progress = { ...estimate.progress(playback?.note), ...(wait && { playsIn: wait }), ...line };
    const note = playback?.stillNote(song.seconds);
    turn.report(
      phase === "making" ? { status: "generating", progress } : { status: "playing", ...line, ...(note && { note }) },
    );
  };
  const heard = (seconds: number) => {
    journal.played(seconds);
    if (karaoke.moveTo(seconds)) report();
  };
  const feed: FeedOptions = { listen: (until) => generation.listen(until), heard, fromSeconds, lasts: startTime.lasts };
  playback?.begin(feed, report);
  void playback?.joined.then(report);
  const listenToEnd = () => generation.listen(Number.POSITIVE_INFINITY);
  void playback?.over.then(() => {
    if (phase !== "making") return;
    listenToEnd(); // nobody hears it any more
    report();
  });
  const lastFrom = (totals[0]! * engine.model.hops[0]!) / engine.model.sampleRate - halfPacketSeconds;
  try {
    if (estimate.finished) listenToEnd(); // nothing gets finer by waiting
    report();
    for await (const event of generation) {
      switch (event.type) {
        case "codes":
          journal.write(event);
          estimate.made(event.level, event.from + event.codes.length);
          if (event.level === coarsest) startTime.made(secondsOf(event.from + event.codes.length));
          playback?.play([]); // there may be enough to start with now
          if (estimate.finished) listenToEnd();
          if (!playback?.isLive) karaoke.moveTo(estimate.share * job.request.order.song.seconds);
          report();
          break;
        case "alignment":
          if (karaoke.setAlignment(event.alignment)) report();
          break;
        case "live":
          playback?.play(event.frames);
          if (event.fromSeconds + event.frames.length / framesPerSecond > lastFrom) playback?.end(); // the file may take longer
          break;
        case "done": {
          playback?.end();
          journal.save();
          phase = "made";
          report();
          const request = store.jobs.request(job.id) ?? job.request; // it knows the status message by now
          const recording = { ...event.recording, path: songPath(job.id, services.folder) };
          return store.clips.add({ id: job.id, request }, recording, Date.now());
        }
      }
    }
  } finally {
    if (phase === "making") phase = "broken";
    journal.flush();
  }
  throw new Error(`the engine told no end of song ${job.id}`);
}

const halfPacketSeconds = 0.5 / framesPerSecond;

/** The file holds what is needed to make it again. */
const fileOf = ({ id, request }: SavedJob<Reply>, folder: string, bitrate = request.order.bitrate) => ({
  out: songPath(id, folder),
  bitrate,
  tags: fileTags(request.order),
});

const leadInSeconds = 2;

/** A continued clip is heard from shortly before its end, a song begun earlier from where it broke off. */
function liveFrom({ id, request }: SavedJob<Reply>, store: Store): number {
  return Math.max(store.codes.playedSeconds(id), (request.order.prompt?.seconds ?? 0) - leadInSeconds, 0);
}
