/** A formant synthesizer after Klatt (1980): glottal pulses and noise filtered by the resonances of a vocal tract. */
import { resample } from "../../audio/resample.ts";
import { createRandom } from "../../random.ts";
import type { TimedPhone } from "../../singing/schedule.ts";
import { type FormantTarget, type TargetSpan, targetsOf } from "./formant-targets.ts";

export interface FormantVoice {
  /** Factor on the formant frequencies of a male voice; about 1.15 is a female voice. */
  readonly formantScale: number;
  /** Pitch in Hz at a time in seconds. */
  readonly hertzAt: (seconds: number) => number;
  /** Seed of the noise. */
  readonly seed: number;
}

/** Synthesis at twice the rate reduces aliasing of the pulses. */
const oversampling = 2;
/** Samples between updates of the resonators. */
const frame = 64;
/** Seconds of the transitions between targets: of formants, and of amplitudes. */
const formantTransition = 0.07;
const amplitudeTransition = 0.02;
const loudness = 0.12;
/** Share of a period in which the vocal folds are open. */
const openShare = 0.65;

/** Synthesizes the phones at the pitches of `hertzAt`: mono at `sampleRate`. */
export function synthesizeFormants(
  phones: readonly TimedPhone[],
  voice: FormantVoice,
  sampleRate: number,
): Float32Array {
  const rate = sampleRate * oversampling;
  const out = new Float32Array(Math.ceil(phones.at(-1)!.to * sampleRate) * oversampling);
  const spans = timedTargets(phones);
  const random = createRandom(voice.seed);
  const [source, tract, fricationFilter] = [new GlottalSource(), new VocalTract(rate), new Resonator(rate)];
  for (let at = 0, index = 0; at < out.length; at += frame) {
    const seconds = at / rate;
    while (index < spans.length - 1 && spans[index]!.to <= seconds) index++;
    const now = blend(spans, index, seconds);
    const hertz = voice.hertzAt(seconds);
    tract.shape(now, voice.formantScale, hertz);
    fricationFilter.tune(Math.min(now.fricationBand[0] * voice.formantScale, 0.47 * sampleRate), now.fricationBand[1]);
    const gain = Math.sqrt(rate / now.fricationBand[1]) * 0.25; // equal loudness whatever the bandwidth
    for (let n = at; n < Math.min(at + frame, out.length); n++) {
      const noise = 2 * random.next() - 1;
      const pulse = source.next(hertz / rate);
      const excitation = now.voicing * (pulse + 0.03 * noise) + now.aspiration * noise * 0.5;
      out[n] = loudness * (tract.next(excitation) + now.frication * gain * fricationFilter.next(noise));
    }
  }
  return resample(out, rate, sampleRate);
}

interface TimedTarget extends TargetSpan {
  readonly from: number;
  readonly to: number;
}

function timedTargets(phones: readonly TimedPhone[]): TimedTarget[] {
  return phones.flatMap(({ phone, from, to }, index) => {
    let start = from;
    return targetsOf(phone, phones[index + 1]?.phone).map((span) => {
      const timed = { ...span, from: start, to: start + span.share * (to - from) };
      start = timed.to;
      return timed;
    });
  });
}

/** Interpolates between a target and its neighbour: formants slowly, amplitudes quickly. */
function blend(spans: readonly TimedTarget[], index: number, seconds: number): FormantTarget {
  const now = spans[index]!;
  const early = seconds < (now.from + now.to) / 2;
  const other = spans[early ? index - 1 : index + 1];
  if (!other) return now.target;
  const distance = early ? seconds - now.from : now.to - seconds;
  const available = Math.max(1e-3, Math.min(now.to - now.from, other.to - other.from));
  const shareIn = (time: number) => Math.max(0, 0.5 - distance / Math.min(time, available)); // one half at the boundary
  const [slow, quick] = [shareIn(formantTransition), shareIn(amplitudeTransition)];
  const mix = (from: number, to: number, share: number) => from + (to - from) * share;
  const [a, b] = [now.target, other.target];
  const [f1, f2, f3] = a.formants.map((value, index) => mix(value, b.formants[index]!, slow));
  return {
    ...a,
    formants: [f1!, f2!, f3!],
    voicing: mix(a.voicing, b.voicing, quick),
    aspiration: mix(a.aspiration, b.aspiration, quick),
    frication: mix(a.frication, b.frication, quick),
  };
}

/** Derivative of the glottal flow: the folds open slowly and close abruptly. */
class GlottalSource {
  #phase = 0;
  #before = 0;

  /** The next sample, after advancing the phase by `turn` periods. */
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

/** Two-pole resonator with unit gain at 0 Hz: y = a·x + b·y₁ + c·y₂. */
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

/** Six resonators in series: three that change with the phone, and three that are fixed for a voice. */
class VocalTract {
  readonly #resonators: readonly Resonator[];

  constructor(rate: number) {
    this.#resonators = Array.from({ length: 6 }, () => new Resonator(rate));
  }

  shape({ formants: [f1, f2, f3], nasal }: FormantTarget, formantScale: number, hertz: number): void {
    const first = Math.max(f1 * formantScale, hertz); // F1 must not fall below the pitch
    const wide = nasal ? 2.5 : 1;
    const shapes = [
      [first, 70 * wide],
      [Math.max(f2 * formantScale, first + 150), 90 * wide],
      [f3 * formantScale, 130 * wide],
      [3400 * formantScale, 180],
      [4300 * formantScale, 250],
      [5600 * formantScale, 500],
    ] as const;
    for (const [index, [middle, width]] of shapes.entries()) this.#resonators[index]!.tune(middle, width);
  }

  next(x: number): number {
    let y = x;
    for (const resonator of this.#resonators) y = resonator.next(y);
    return y;
  }
}
