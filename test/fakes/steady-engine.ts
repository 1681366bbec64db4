/** An engine that needs no model: level n sounds as a steady value of its own, and codes count 0, 1, 2, … */
import { setImmediate } from "node:timers/promises";
import { toFrame } from "../../src/audio/frames.ts";
import { LiveMix } from "../../src/audio/live.ts";
import { openTape } from "../../src/audio/tape.ts";
import type { Engine, GenerateOptions, ModelCard, SongEvent, SongRequest } from "../../src/inference/engine.ts";

/** What each level sounds as, finest first. */
export const steadyValues = [0.1, 0.5, -0.7] as const;

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
  minSeconds: 1,
  maxSeconds: 60,
};

const stepSamples = 4800; // a tenth of a second

/** Makes a tenth of a second at each step; the coarsest level is always a second ahead, the finest comes last. */
export function steadyEngine({ closed = () => {} }: { closed?: () => void } = {}): Engine {
  return {
    model: steadyCard,
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
    close: async () => closed(),
  };
}

async function* events(
  { seconds }: SongRequest,
  { signal, out, tags = {}, live }: GenerateOptions,
  until: () => number,
): AsyncGenerator<SongEvent, void> {
  const total = Math.round(seconds * steadyCard.sampleRate);
  const tape = out === undefined ? undefined : openTape(out, { sampleRate: steadyCard.sampleRate, tags });
  const mix = new LiveMix(steadyValues.length);
  const have = steadyValues.map(() => 0);
  try {
    while (have[0]! < total) {
      await setImmediate();
      signal?.throwIfAborted();
      for (const level of [2, 1, 0]) {
        const from = have[level]!;
        const to = Math.min(total, have[0]! + stepSamples + level * 24_000);
        const sound = new Float32Array(to - from).fill(steadyValues[level]!);
        have[level] = to;
        mix.add(level, sound);
        if (level === 0) tape?.write(sound);
        yield codes(level, from, to);
        if (live) yield* heard(mix, until());
      }
    }
    mix.end(total);
    if (live) yield* heard(mix, seconds);
    const nothingKept = { bytes: 0, seconds, peaks: [] };
    yield { type: "done", recording: tape?.close() ?? nothingKept };
  } finally {
    tape?.discard();
  }
}

function codes(level: number, fromSample: number, toSample: number): SongEvent {
  const hop = steadyCard.hops[level]!;
  const [from, to] = [Math.ceil(fromSample / hop), Math.ceil(toSample / hop)];
  return { type: "codes", level, from, codes: Uint16Array.from({ length: to - from }, (_, i) => from + i) };
}

function* heard(mix: LiveMix, untilSeconds: number): Generator<SongEvent> {
  while (mix.position < untilSeconds * 48_000) {
    const fromSeconds = mix.position / 48_000;
    const taken = mix.take();
    if (!taken) return;
    yield { type: "live", level: taken.level, fromSeconds, frames: [toFrame(taken.frame)] };
  }
}
