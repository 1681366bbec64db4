/** Pitch-synchronous overlap-add (PSOLA): moves speech to other times and pitches. */
import { glides, isStop, isVoiced, isVowel, silence } from "../../singing/phones.ts";
import type { TimedPhone } from "../../singing/schedule.ts";

export interface SpeechRecording {
  /** Mono. */
  readonly sound: Float32Array;
  readonly sampleRate: number;
  /** Approximate pitch; the actual one may deviate by 30 %, slowly. */
  readonly hertz: number;
  readonly phones: readonly TimedPhone[];
}

export interface RetimeTarget {
  /** The recording's phones, silences included, with their target times. */
  readonly phones: readonly TimedPhone[];
  /** Target pitch in Hz at a time in seconds. */
  readonly hertzAt: (seconds: number) => number;
}

/** Samples between grains of unvoiced sound. */
const noiseStep = 96;

/** Moves each phone of a recording to its target time and pitch: mono, same rate. Throws if the phones differ. */
export function retime(recording: SpeechRecording, { phones, hertzAt }: RetimeTarget): Float32Array {
  const { sound, sampleRate } = recording;
  const sequences = [recording.phones, phones].map((list) => list.map(({ phone }) => phone).join(" "));
  if (sequences[0] !== sequences[1]) throw new Error(`"${sequences[1]}" can't be made from "${sequences[0]}"`);
  const marks = findMarks(recording);
  const out = new Float32Array(Math.ceil(phones.at(-1)!.to * sampleRate));
  let at = 0; // centre of the next grain, in samples
  for (const [index, target] of phones.entries()) {
    const end = target.to * sampleRate;
    at = Math.max(at, target.from * sampleRate);
    if (target.phone === silence) continue;
    const source = recording.phones[index]!;
    for (const own = marks[index]; at < end; ) {
      const place = sourceSeconds(target.phone, source, target, at / sampleRate) * sampleRate;
      const step = own ? sampleRate / hertzAt(at / sampleRate) : noiseStep;
      if (own) addPulse(out, at, { sound, marks: own, place, step });
      else addGrain(out, at, { sound, centre: place, half: noiseStep, gain: 1 });
      at += step;
    }
  }
  return out;
}

/** The part of a source vowel that is stretched, as shares of its duration; its onset and end keep their length. */
const steady = { from: 0.35, to: 0.65 };
const steadyOfGliding = { from: 0.2, to: 0.4 };

/** Maps a time in the target phone to a time in the source phone, in seconds. */
function sourceSeconds(phone: string, source: TimedPhone, target: TimedPhone, seconds: number): number {
  const [length, wanted] = [source.to - source.from, target.to - target.from];
  const passed = seconds - target.from;
  const left = target.to - seconds;
  if (isStop(phone)) return Math.max(source.from, source.to - left); // aligned at the end, where the burst is
  if (!isVowel(phone) || wanted <= length) return source.from + (passed / wanted) * length;
  const { from, to } = glides(phone) ? steadyOfGliding : steady;
  const [head, tail] = [from * length, (1 - to) * length];
  if (passed < head) return source.from + passed;
  if (left < tail) return source.to - left;
  return source.from + head + ((passed - head) / (wanted - head - tail)) * (to - from) * length;
}

interface Pulse {
  readonly sound: Float32Array;
  readonly marks: readonly number[];
  /** Position among the marks, in samples. */
  readonly place: number;
  /** Samples to the next pulse; denser pulses get a lower gain. */
  readonly step: number;
}

/** Adds one period of the voice, interpolated between the two nearest pitch marks. */
function addPulse(out: Float32Array, at: number, { sound, marks, place, step }: Pulse): void {
  const after = Math.max(
    1,
    Math.min(
      marks.length - 1,
      marks.findIndex((mark) => mark > place),
    ),
  );
  const [left, right] = [marks[after - 1]!, marks[after]!];
  const half = right - left;
  const gain = step / half;
  const share = Math.max(0, Math.min(1, (place - left) / half));
  addGrain(out, at, { sound, centre: left, half, gain: gain * (1 - share) });
  addGrain(out, at, { sound, centre: right, half, gain: gain * share });
}

interface SoundGrain {
  readonly sound: Float32Array;
  readonly centre: number;
  readonly half: number;
  readonly gain: number;
}

/** Adds a Hann-windowed grain of sound; source and target centres may be fractional samples. */
function addGrain(out: Float32Array, at: number, { sound, centre, half, gain }: SoundGrain): void {
  const last = Math.min(out.length - 1, Math.floor(at + half));
  for (let n = Math.max(0, Math.ceil(at - half)); n <= last; n++) {
    const distance = n - at;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / half);
    out[n]! += gain * window * interpolate(sound, centre + distance);
  }
}

/** Value at a fractional sample: Catmull-Rom interpolation of four neighbours. */
function interpolate(sound: Float32Array, place: number): number {
  const from = Math.floor(place);
  const x = place - from;
  const [a, b, c, d] = [sound[from - 1] ?? 0, sound[from] ?? 0, sound[from + 1] ?? 0, sound[from + 2] ?? 0];
  return b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)));
}

/** Pitch marks, one period apart, in samples, for each phone; undefined for unvoiced phones. */
function findMarks({ sound, sampleRate, hertz, phones }: SpeechRecording): (readonly number[] | undefined)[] {
  const found: (readonly number[] | undefined)[] = [];
  for (let index = 0; index < phones.length; ) {
    let end = index;
    while (end < phones.length && isVoiced(phones[end]!.phone)) end++;
    if (end === index) {
      found.push(undefined);
      index++;
      continue;
    }
    const [from, to] = [phones[index]!.from * sampleRate, phones[end - 1]!.to * sampleRate];
    const marks = marksBetween(sound, from, to, sampleRate / hertz);
    for (; index < end; index++) found.push(marks);
  }
  return found;
}

/** At least two pitch marks, from the highest peak in both directions, each at the best match of the period before. */
function marksBetween(sound: Float32Array, from: number, to: number, period: number): number[] {
  let peak = Math.round(from);
  for (let at = peak; at < to; at++) if (Math.abs(sound[at] ?? 0) > Math.abs(sound[peak] ?? 0)) peak = at;
  const marks = [peak, bestMatch(sound, peak, period, firstTolerance)];
  const [shortest, longest] = [period * (1 - firstTolerance), period * (1 + firstTolerance)];
  const step = (a: number, b: number) => Math.min(longest, Math.max(shortest, b - a));
  const first = step(peak, marks[1]!);
  for (let next = first; marks.at(-1)! + next < to; next = step(marks.at(-2)!, marks.at(-1)!))
    marks.push(bestMatch(sound, marks.at(-1)!, next, nextTolerance));
  for (let next = first; marks[0]! - next > from; next = step(marks[0]!, marks[1]!))
    marks.unshift(bestMatch(sound, marks[0]!, -next, nextTolerance));
  return marks;
}

/**
 * Largest relative deviation of the first period from the expected one, and of each other period from its neighbour.
 */
const firstTolerance = 0.3;
const nextTolerance = 0.08;

function bestMatch(sound: Float32Array, from: number, step: number, tolerance: number): number {
  const half = Math.round(Math.abs(step) * 0.75);
  const reach = Math.ceil(tolerance * Math.abs(step));
  const middle = Math.round(from + step);
  let best = middle;
  let most = 1e-6; // in silence nothing correlates; keep the middle
  for (let at = middle - reach; at <= middle + reach; at++) {
    let [product, power] = [0, 1e-9];
    for (let k = -half; k <= half; k++) {
      product += (sound[from + k] ?? 0) * (sound[at + k] ?? 0);
      power += (sound[at + k] ?? 0) ** 2;
    }
    const likeness = (product / Math.sqrt(power)) * (1 - 0.1 * Math.abs((at - middle) / step));
    if (likeness > most) [best, most] = [at, likeness];
  }
  return best;
}
