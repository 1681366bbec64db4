/** A small formant synthesizer after Klatt (1980): glottal pulses and noise through the resonances of a mouth. */
import { resample } from "../../audio/resample.ts";
import { createRandom } from "../../random.ts";
import type { TimedPhone } from "../../singing/schedule.ts";
import { type Stage, stagesOf, type Target } from "./formants.ts";

export interface Throat {
  /** Of its resonances, beside a man's: a woman's are at 1.15. */
  readonly size: number;
  /** Hz by seconds. */
  readonly hertzAt: (seconds: number) => number;
  /** For its noise. */
  readonly seed: number;
}

/** Pulses have sharp edges: made at twice the rate, they fold less. */
const oversampling = 2;
/** Samples between two settings of the resonators. */
const frame = 64;
/** Seconds that the mouth and the voice take from one target to the next. */
const movement = 0.07;
const onset = 0.02;
const loudness = 0.12;
/** Of a period, while the vocal folds are open. */
const openShare = 0.65;

/** The phones sung, mono. */
export function synthesize(phones: readonly TimedPhone[], throat: Throat, sampleRate: number): Float32Array {
  const rate = sampleRate * oversampling;
  const out = new Float32Array(Math.ceil(phones.at(-1)!.to * sampleRate) * oversampling);
  const stages = timedStages(phones);
  const random = createRandom(throat.seed);
  const [voice, mouth, teeth] = [new Glottis(), new Mouth(rate), new Resonator(rate)];
  for (let at = 0, place = 0; at < out.length; at += frame) {
    const seconds = at / rate;
    while (place < stages.length - 1 && stages[place]!.to <= seconds) place++;
    const now = blend(stages, place, seconds);
    const hertz = throat.hertzAt(seconds);
    mouth.shape(now, throat.size, hertz);
    teeth.tune(Math.min(now.place[0] * throat.size, 0.47 * sampleRate), now.place[1]);
    const gain = Math.sqrt(rate / now.place[1]) * 0.25; // a narrow hiss as loud as a wide one
    for (let n = at; n < Math.min(at + frame, out.length); n++) {
      const noise = 2 * random.next() - 1;
      const pulse = voice.next(hertz / rate);
      const throatSound = now.voice * (pulse + 0.03 * noise) + now.breath * noise * 0.5;
      out[n] = loudness * (mouth.next(throatSound) + now.hiss * gain * teeth.next(noise));
    }
  }
  return resample(out, rate, sampleRate);
}

interface TimedStage extends Stage {
  readonly from: number;
  readonly to: number;
}

function timedStages(phones: readonly TimedPhone[]): TimedStage[] {
  return phones.flatMap(({ phone, from, to }, index) => {
    let start = from;
    return stagesOf(phone, phones[index + 1]?.phone).map((stage) => {
      const timed = { ...stage, from: start, to: start + stage.share * (to - from) };
      start = timed.to;
      return timed;
    });
  });
}

/** The targets around a moment, mixed: the mouth moves slowly, the voice and the breath quickly. */
function blend(stages: readonly TimedStage[], place: number, seconds: number): Target {
  const now = stages[place]!;
  const early = seconds < (now.from + now.to) / 2;
  const other = stages[early ? place - 1 : place + 1];
  if (!other) return now.target;
  const distance = early ? seconds - now.from : now.to - seconds;
  const room = Math.max(1e-3, Math.min(now.to - now.from, other.to - other.from));
  const shareIn = (time: number) => Math.max(0, 0.5 - distance / Math.min(time, room)); // half at the border
  const [slow, quick] = [shareIn(movement), shareIn(onset)];
  const mix = (from: number, to: number, share: number) => from + (to - from) * share;
  const [a, b] = [now.target, other.target];
  const [f1, f2, f3] = a.formants.map((value, index) => mix(value, b.formants[index]!, slow));
  return {
    ...a,
    formants: [f1!, f2!, f3!],
    voice: mix(a.voice, b.voice, quick),
    breath: mix(a.breath, b.breath, quick),
    hiss: mix(a.hiss, b.hiss, quick),
  };
}

/** The flow between the vocal folds, differentiated: it opens slowly and shuts at once. */
class Glottis {
  #phase = 0;
  #before = 0;

  /** Turns by so much of a period. */
  next(turn: number): number {
    this.#phase += turn;
    if (this.#phase >= 1) this.#phase -= 1;
    const x = this.#phase / openShare;
    const flow = x < 1 ? 6.75 * x * x * (1 - x) : 0;
    const change = (flow - this.#before) / turn;
    this.#before = flow;
    return change * 0.2;
  }
}

/** Two poles: y = a x + b y₁ + c y₂, gain 1 at the bottom. */
class Resonator {
  readonly #rate: number;
  #a = 1;
  #b = 0;
  #c = 0;
  #y1 = 0;
  #y2 = 0;

  constructor(rate: number) {
    this.#rate = rate;
  }

  tune(hertz: number, width: number): void {
    const radius = Math.exp((-Math.PI * width) / this.#rate);
    this.#c = -radius * radius;
    this.#b = 2 * radius * Math.cos((2 * Math.PI * hertz) / this.#rate);
    this.#a = 1 - this.#b - this.#c;
  }

  next(x: number): number {
    const y = this.#a * x + this.#b * this.#y1 + this.#c * this.#y2;
    this.#y2 = this.#y1;
    this.#y1 = y;
    return y;
  }
}

/** Six resonances in a row: three that words move, three that are the singer's own. */
class Mouth {
  readonly #resonators: readonly Resonator[];

  constructor(rate: number) {
    this.#resonators = Array.from({ length: 6 }, () => new Resonator(rate));
  }

  shape({ formants: [f1, f2, f3], nasal }: Target, size: number, hertz: number): void {
    const first = Math.max(f1 * size, hertz); // a singer opens the mouth rather than lose the note
    const wide = nasal ? 2.5 : 1;
    const shapes = [
      [first, 70 * wide],
      [Math.max(f2 * size, first + 150), 90 * wide],
      [f3 * size, 130 * wide],
      [3400 * size, 180],
      [4300 * size, 250],
      [5600 * size, 500],
    ] as const;
    for (const [index, [middle, width]] of shapes.entries()) this.#resonators[index]!.tune(middle, width);
  }

  next(x: number): number {
    let y = x;
    for (const resonator of this.#resonators) y = resonator.next(y);
    return y;
  }
}
