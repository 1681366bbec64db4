/** An engine that needs no model: the song on tape is one steady value, codes and live frames count 0, 1, 2, … */
import { setImmediate } from "node:timers/promises";
import { frameSamples, toFrame } from "../../src/audio/frames.ts";
import { openTape } from "../../src/audio/tape.ts";
import type { Engine, GenerateOptions, ModelCard, SongEvent, SongRequest } from "../../src/inference/engine.ts";
import { fakeEncode } from "./encode.ts";

/** Every sample of the song on tape. */
export const steadyValue = 0.1;

export const steadyCard: ModelCard = {
  name: "steady",
  sampleRate: 48_000,
  hops: [16, 64, 128],
  artists: ["unknown", "The Copper Owls", "Nine Doors"],
  genres: ["unknown", "jazz", "folk rock"],
  bands: [
    { artist: "The Copper Owls", genre: "jazz" },
    { artist: "Nine Doors", genre: "folk rock" },
  ],
  rules: ["own", "own", "own"],
  minSeconds: 1,
  maxSeconds: 60,
};

const stepSamples = 4800; // a tenth of a second

/** Makes a tenth of a second at each step; the coarsest level is always a second ahead, the finest comes last. */
export function steadyEngine({ closed = () => {} }: { closed?: () => void } = {}): Engine {
  return {
    model: steadyCard,
    capacity: 1,
    codesIn: (seconds) => steadyCard.hops.map((hop) => Math.ceil((seconds * steadyCard.sampleRate) / hop)),
    generate(request, options = {}) {
      let allowed = 0;
      const until = () => allowed;
      return {
        listen: (untilSeconds) => {
          allowed = untilSeconds;
        },
        [Symbol.asyncIterator]: () => events(request, options, until),
      };
    },
    encode: fakeEncode(steadyCard, (_level, index) => index),
    close: async () => closed(),
  };
}

async function* events(
  { seconds }: SongRequest,
  { signal, out, tags = {}, live, liveUntilSeconds = seconds, finest = 0 }: GenerateOptions,
  until: () => number,
): AsyncGenerator<SongEvent, void> {
  const total = Math.round(seconds * steadyCard.sampleRate);
  const tape = out === undefined ? undefined : openTape(out, { sampleRate: steadyCard.sampleRate, tags });
  const have = steadyCard.hops.map(() => 0);
  const air = broadcast(have, Math.ceil((live ? liveUntilSeconds : 0) * 50));
  try {
    while (have[finest]! < total) {
      await setImmediate();
      signal?.throwIfAborted();
      for (const level of [2, 1, 0].filter((one) => one >= finest)) {
        const from = have[level]!;
        const to = Math.min(total, have[finest]! + stepSamples + (level - finest) * 24_000);
        have[level] = to;
        if (level === finest) tape?.write(new Float32Array(to - from).fill(steadyValue));
        yield codes(level, from, to);
      }
      yield* air(until());
    }
    yield* air(seconds);
    yield { type: "done", recording: tape?.close() ?? { bytes: 0, seconds, peaks: [] } };
  } finally {
    tape?.discard();
  }
}

function codes(level: number, fromSample: number, toSample: number): SongEvent {
  const hop = steadyCard.hops[level]!;
  const [from, to] = [Math.ceil(fromSample / hop), Math.ceil(toSample / hop)];
  return { type: "codes", level, from, codes: Uint16Array.from({ length: to - from }, (_, i) => from + i) };
}

/** Live frames as far as they are allowed and any level has come; every sample of frame n is n. */
function broadcast(have: readonly number[], frames: number) {
  let sent = 0;
  return function* (untilSeconds: number): Generator<SongEvent> {
    for (; sent < Math.min(frames, Math.ceil(untilSeconds * 50)); sent++) {
      const level = have.findIndex((samples) => samples >= (sent + 1) * frameSamples);
      if (level === -1) return;
      const frame = toFrame(new Float32Array(frameSamples).fill(sent / 32768));
      yield { type: "live", level, fromSeconds: sent / 50, frames: [frame] };
    }
  };
}
