/** The thread behind background.ts: lyrics, labels of songs, and pictures. */
import { parentPort, workerData } from "node:worker_threads";
import { packError } from "../errors.ts";
import { lyricsToSing } from "../lyrics/pasted/lyrics.ts";
import { drawWaveform } from "../pictures/waveform.ts";
import { lowerPriority } from "../priority.ts";
import { labelsFor } from "../song/labels-for.ts";
import { prepareSinging } from "../song/sung-plan.ts";
import type { Vocabulary } from "../song/vocabulary.ts";
import type { Answer, Ask, Kind, Tasks } from "./background.ts";

const vocabulary = workerData as Vocabulary; // written by background.ts alone
const port = parentPort!; // this file only runs as a worker

const tasks: { readonly [K in Kind]: (given: Tasks[K]["given"]) => Tasks[K]["result"] } = {
  lyrics: lyricsToSing,
  labels: (song) => labelsFor(song, vocabulary),
  waveform: (peaks) => drawWaveform(peaks),
};

function answer({ id, kind, given }: Ask): Answer {
  try {
    return { id, result: tasks[kind](given as never) }; // of that kind, as background.ts sees to
  } catch (error) {
    return { id, failure: packError(error) };
  }
}

lowerPriority(1);
prepareSinging(vocabulary);
port.on("message", (ask: Ask) => port.postMessage(answer(ask)));
