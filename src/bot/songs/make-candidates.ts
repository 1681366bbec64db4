/** The life of a song's candidates: the coarsest level of each is made, and they are posted together to be picked from. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../files.ts";
import type { Codes, Recording } from "../../inference/engine.ts";
import type { Job, Request } from "../../queue/job.ts";
import type { Turn } from "../../queue/queue.ts";
import { candidateOf } from "../../song/candidates.ts";
import type { Clip } from "../../store/clips.ts";
import { candidateId } from "../../store/codes.ts";
import { codesJournal } from "../../store/codes-journal.ts";
import type { Store } from "../../store/store.ts";
import { type SongServices, unwritten } from "./make-song.ts";
import { finishedClip, postClip } from "./post-clip.ts";
import { createProgressEstimate, type ProgressEstimate } from "./progress.ts";
import { fileTags, songRequest } from "./song-request.ts";

/** Makes candidates and posts them; the same after a restart, from the codes there are. Nobody hears them meanwhile. */
export async function makeCandidates(job: Job, turn: Turn, services: SongServices): Promise<{ note?: string }> {
  const clip = finishedClip(job, services.store) ?? (await make(job, turn, services, job.request.bitrate));
  turn.made();
  turn.tell({ status: "playing" });
  const quietly: Turn = { ...turn, signal: turn.closing, tell: () => undefined };
  const again = (bitrate: number) => make(job, quietly, services, bitrate);
  const delivery = await postClip(clip, { replies: services.replies, again });
  turn.closing.throwIfAborted(); // it was cut short, and goes on later
  return delivery?.note === undefined ? {} : { note: delivery.note };
}

async function make(job: Job, turn: Turn, services: SongServices, bitrate: number): Promise<Clip> {
  const folder = join(services.folder, job.id);
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

async function generateAll(job: Job, turn: Turn, services: SongServices, files: Files): Promise<Recording[]> {
  const { engine, store } = services;
  const count = job.request.candidates ?? 1;
  const ids = Array.from({ length: count }, (_, index) => candidateId(job.id, index + 1));
  const finest = engine.model.hops.length - 1;
  const known = ids.map((id) => knownOf(id, job, store));
  const total = engine.codesIn(job.request.song.seconds)[finest]!;
  const estimate = createProgressEstimate(
    ids.map(() => total),
    known.map((codes) => codes[finest] ?? new Uint16Array(0)),
  );
  const stop = new AbortController();
  const signal = AbortSignal.any([turn.signal, stop.signal]);
  const making = ids.map((id, index) => {
    const request = { ...job.request, song: candidateOf(job.request.song, index + 1) };
    const out = candidatePath(files.folder, index + 1);
    const place = { id, index, estimate, finest, signal };
    return sing({ request, known: known[index]!, out, bitrate: files.bitrate }, place, turn, services);
  });
  try {
    return await Promise.all(making); // the engine makes them in one batch, as far as it has room
  } catch (error) {
    stop.abort(error); // one that failed ends the others, and nothing is left at work
    await Promise.allSettled(making);
    throw error;
  }
}

/** Where a candidate's file is, in the folder of its clip. */
export const candidatePath = (folder: string, number: number): string => join(folder, `${number}.ogg`);

/** What there is of a candidate: its own codes from before a restart, else those of the clip that is continued. */
function knownOf(id: string, job: Job, store: Store): Codes {
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
  readonly request: Request;
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

async function sing({ request, known, out, bitrate }: Candidate, place: Place, turn: Turn, services: SongServices) {
  const { id, index, estimate, finest, signal } = place;
  const generation = services.engine.generate(await songRequest(request, known, services), {
    ...{ signal, finest, out, bitrate, tags: fileTags(request), aligned: false },
    ...(known.length > 0 && { known }),
  });
  const journal = codesJournal(services.store.codes, id, { onError: unwritten(id) });
  const tell = () => turn.tell({ status: "making", progress: estimate.progress() });
  tell();
  try {
    for await (const event of generation) {
      if (event.type === "done") {
        journal.save();
        return event.recording;
      }
      if (event.type !== "codes") continue;
      journal.write(event);
      estimate.made(index, event.from + event.codes.length);
      tell();
    }
  } finally {
    journal.flush();
  }
  throw new Error(`the engine told no end of candidate ${id}`);
}
