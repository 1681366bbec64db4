/** The life of one song: from its labels to codes and sound, to the channel it is heard in, and to the file that is posted. */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Engine } from "../inference/engine.ts";
import { log } from "../log.ts";
import type { Job } from "../queue/job.ts";
import type { Turn } from "../queue/queue.ts";
import type { Clip } from "../store/clips.ts";
import { notebook } from "../store/notebook.ts";
import type { Store } from "../store/store.ts";
import { performCandidates } from "./candidates.ts";
import { finishedClip, handOver } from "./handover.ts";
import { createMeter } from "./meter.ts";
import { createPrompter } from "./prompter.ts";
import type { Replies } from "./replies.ts";
import { fileTags, songRequest } from "./request.ts";
import type { Stage } from "./stage.ts";
import type { Entrance, Stages } from "./stages.ts";

/** Whom a song needs on its way. */
export interface Crew {
  readonly engine: Engine;
  readonly store: Store;
  readonly stages: Stages;
  readonly replies: Replies;
  /** Where finished songs are kept. */
  readonly folder: string;
}

/** Makes a song, plays it meanwhile, and posts it; the same after a restart, from the codes there are. */
export async function perform(job: Job, turn: Turn, crew: Crew): Promise<{ note?: string }> {
  if (job.request.model !== crew.engine.model.name)
    throw new UserError("I was given another model while this song waited. Please ask for it again.");
  return job.request.candidates === undefined ? performSong(job, turn, crew) : performCandidates(job, turn, crew);
}

async function performSong(job: Job, turn: Turn, crew: Crew): Promise<{ note?: string }> {
  const entrance = await crew.stages.enter(job.request.reply, turn.signal);
  const { stage } = entrance;
  try {
    const finished = stage ? undefined : finishedClip(job, crew.store); // nobody listens: no need to sing it again
    const clip = finished ?? (await sing(job, turn, crew, entrance));
    turn.made();
    if (finished) turn.tell({ status: "playing" });
    const quietly: Turn = { ...turn, signal: turn.closing, tell: () => undefined };
    const again = (bitrate: number) => sing(job, quietly, crew, {}, bitrate);
    const handedOver = handOver(clip, { replies: crew.replies, note: stage?.lost, again });
    const [delivery, heard] = await Promise.all([handedOver, stage?.drained(turn.signal)]);
    turn.closing.throwIfAborted(); // it was cut short, and goes on later
    if (heard) log("info", `song ${job.id}: heard to ${heard.seconds} s, ${heard.gaps} gaps, ${heard.gapSeconds} s`);
    const notes = [stage?.lost, delivery?.note].filter((note) => note !== undefined);
    return notes.length > 0 ? { note: notes.join(" ") } : {};
  } finally {
    if (stage) crew.stages.release(stage, { now: turn.signal.aborted });
  }
}

/** Has the engine make the song, keeps its codes as they come, and feeds the stage. */
async function sing(job: Job, turn: Turn, crew: Crew, { stage, note }: Entrance, bitrate?: number): Promise<Clip> {
  const { engine, store } = crew;
  const known = store.codes.of(job.id);
  const fromSeconds = liveFrom(job, store);
  const generation = engine.generate(songRequest(job.request, known, engine.model), {
    signal: turn.signal,
    ...(known.length > 0 && { known }),
    ...fileOf(job, crew.folder, bitrate),
    ...(job.request.song.lyrics !== undefined && { lyrics: job.request.song.lyrics }),
    ...(bitrate !== undefined && { aligned: false }), // it was, when the song was made first
    ...(stage && { live: "opus", liveFromSeconds: fromSeconds }),
  });
  const meter = createMeter(engine.codesIn(job.request.song.seconds), known);
  const book = notebook(store.codes, job.id);
  const prompter = createPrompter();
  let making = true;
  const tell = () => {
    const line = prompter.line === undefined ? {} : { line: prompter.line };
    const progress = { ...meter.progress(explain(stage, note)), ...line };
    turn.tell(making ? { status: "making", progress } : { status: "playing", ...line });
  };
  const heard = (seconds: number) => {
    book.heard(seconds);
    if (prompter.come(seconds)) tell();
  };
  stage?.begin({ listen: (until) => generation.listen(until), heard, fromSeconds });
  const takeAll = () => generation.listen(Number.POSITIVE_INFINITY);
  void stage?.gone.then(() => {
    if (!making) return;
    takeAll(); // nobody hears it any more
    tell();
  });
  try {
    if (meter.finished) takeAll(); // nothing gets finer by waiting
    tell();
    for await (const event of generation) {
      switch (event.type) {
        case "codes":
          book.write(event);
          meter.made(event.level, event.from + event.codes.length);
          if (meter.finished) takeAll();
          if (stage === undefined || stage.lost !== undefined) prompter.come(meter.share * job.request.song.seconds);
          tell();
          break;
        case "alignment":
          if (prompter.learn(event.alignment)) tell();
          break;
        case "live":
          stage?.play(event.frames);
          break;
        case "done": {
          stage?.end();
          book.flush();
          making = false;
          tell();
          const request = store.jobs.request(job.id) ?? job.request; // it knows the status message by now
          const recording = { ...event.recording, path: songPath(job, crew.folder) };
          return store.clips.add({ id: job.id, request }, recording, Date.now());
        }
      }
    }
  } finally {
    making = false;
    book.flush();
  }
  throw new Error(`the engine told no end of song ${job.id}`);
}

/** The file holds what is needed to make it again. */
const fileOf = ({ id, request }: Job, folder: string, bitrate = request.bitrate) => ({
  out: songPath({ id }, folder),
  bitrate,
  tags: fileTags(request),
});

const songPath = ({ id }: { readonly id: string }, folder: string) => join(folder, `${id}.ogg`);

const leadInSeconds = 2;

/** A continued clip is heard from shortly before its end, a song begun earlier from where it broke off. */
function liveFrom({ id, request }: Job, store: Store): number {
  return Math.max(store.codes.heardSeconds(id), (request.prompt?.seconds ?? 0) - leadInSeconds, 0);
}

const explain = (stage: Stage | undefined, note: string | undefined) =>
  stage?.lost === undefined ? note : `${stage.lost} I'll post the song when it is made.`;
