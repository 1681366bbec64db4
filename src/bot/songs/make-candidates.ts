/** The life of a song's candidates: the coarsest level of each is made, and they are posted together to be picked from. */
import { rm } from "node:fs/promises";
import { makeFolder } from "../../files.ts";
import type { Codes, Recording } from "../../inference/engine.ts";
import { fileTags, songRequest } from "../../inference/song-request.ts";
import type { SavedJob } from "../../queue/job.ts";
import type { Turn } from "../../queue/local-queue.ts";
import { candidateOf } from "../../song/candidates.ts";
import type { Order } from "../../song/order.ts";
import type { Clip } from "../../store/clips.ts";
import { candidateId } from "../../store/codes.ts";
import { codesJournal } from "../../store/codes-journal.ts";
import type { Reply } from "../../store/reply.ts";
import type { Store } from "../../store/store.ts";
import { candidatePath, candidatesFolder } from "../song-paths.ts";
import { finishedClip, postClip } from "./post-clip.ts";
import { createProgressEstimate, type ProgressEstimate } from "./progress.ts";
import type { SongServices } from "./song-services.ts";
import { unwritten } from "./unwritten.ts";

/** Makes candidates and posts them; the same after a restart, from the codes there are. Nobody hears them meanwhile. */
export async function makeCandidates(
  job: SavedJob<Reply>,
  turn: Turn,
  services: SongServices,
): Promise<{ note?: string }> {
  const clip =
    finishedClip(job, services.store) ?? (await generateClip(job, turn, services, job.request.order.bitrate));
  turn.generated();
  turn.report({ status: "playing" });
  const quietly: Turn = { ...turn, signal: turn.closing, report: () => undefined };
  const again = (bitrate: number) => generateClip(job, quietly, services, bitrate);
  const delivery = await postClip(clip, { replies: services.replies, again });
  turn.closing.throwIfAborted(); // it was cut short, and goes on later
  return delivery?.note === undefined ? {} : { note: delivery.note };
}

async function generateClip(job: SavedJob<Reply>, turn: Turn, services: SongServices, bitrate: number): Promise<Clip> {
  const folder = candidatesFolder(job.id, services.folder);
  makeFolder(folder);
  try {
    const recordings = await generateAll(job, turn, services, { folder, bitrate });
    const request = services.store.jobs.request(job.id) ?? job.request; // it knows the status message by now
    const bytes = recordings.reduce((sum, recording) => sum + recording.bytes, 0);
    const whole = { bytes, seconds: recordings[0]!.seconds, peaks: [], path: folder }; // there is one at least
    return services.store.clips.add({ id: job.id, request }, whole, Date.now());
  } catch (error) {
    const isNeeded = turn.closing.aborted || finishedClip(job, services.store) !== undefined;
    if (!isNeeded) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Files {
  readonly folder: string;
  readonly bitrate: number;
}

async function generateAll(
  job: SavedJob<Reply>,
  turn: Turn,
  services: SongServices,
  files: Files,
): Promise<Recording[]> {
  const { engine, store } = services;
  const count = job.request.order.candidates ?? 1;
  const ids = Array.from({ length: count }, (_, index) => candidateId(job.id, index + 1));
  const finest = engine.model.hops.length - 1;
  const known = ids.map((id) => knownOf(id, job, store));
  const total = engine.codesIn(job.request.order.song.seconds)[finest]!;
  const estimate = createProgressEstimate(
    ids.map(() => total),
    known.map((codes) => codes[finest] ?? new Uint16Array(0)),
  );
  const stop = new AbortController();
  const signal = AbortSignal.any([turn.signal, stop.signal]);
  const generations = ids.map((id, index) => {
    const order = { ...job.request.order, song: candidateOf(job.request.order.song, index + 1) };
    const out = candidatePath(files.folder, index + 1);
    const place = { id, index, estimate, finest, signal };
    return generateCandidate({ order, known: known[index]!, out, bitrate: files.bitrate }, place, turn, services);
  });
  try {
    return await Promise.all(generations); // the engine draws them in one batch, as far as it has room
  } catch (error) {
    stop.abort(error); // one that failed ends the others, and nothing is left at work
    await Promise.allSettled(generations);
    throw error;
  }
}

/** What there is of a candidate: its own codes from before a restart, else those of the clip that is continued. */
function knownOf(id: string, job: SavedJob<Reply>, store: Store): Codes {
  const own = store.codes.of(id);
  if (own.length > 0) return own;
  const prompt = store.codes.of(job.id);
  store.codes.append(
    id,
    prompt.map((codes, level) => ({ level, from: 0, codes })),
  );
  return prompt;
}

interface Candidate {
  readonly order: Order;
  readonly known: Codes;
  readonly out: string;
  readonly bitrate: number;
}

interface Place {
  readonly id: string;
  readonly index: number;
  readonly estimate: ProgressEstimate;
  readonly finest: number;
  readonly signal: AbortSignal;
}

async function generateCandidate(
  { order, known, out, bitrate }: Candidate,
  place: Place,
  turn: Turn,
  services: SongServices,
) {
  const { id, index, estimate, finest, signal } = place;
  const labels = await services.labelsFor(order.song);
  const generation = services.engine.generate(songRequest(order, { model: services.engine.model, labels, known }), {
    ...{ signal, finest, out, bitrate, tags: fileTags(order), aligned: false },
    ...(known.length > 0 && { known }),
  });
  const journal = codesJournal(services.store.codes, id, { onError: unwritten(id) });
  const report = () => turn.report({ status: "generating", progress: estimate.progress() });
  report();
  try {
    for await (const event of generation) {
      if (event.type === "done") {
        journal.save();
        return event.recording;
      }
      if (event.type !== "codes") continue;
      journal.write(event);
      estimate.made(index, event.from + event.codes.length);
      report();
    }
  } finally {
    journal.flush();
  }
  throw new Error(`the engine told no end of candidate ${id}`);
}
