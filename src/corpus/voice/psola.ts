/** Pitch-synchronous overlap-add: speech at one steady pitch, moved grain by grain to other times and pitches. */
import { glides, isStop, isVoiced, isVowel, silence } from "../../singing/phones.ts";
import type { TimedPhone } from "../../singing/schedule.ts";

export interface Recording {
  /** Mono. */
  readonly sound: Float32Array;
  readonly sampleRate: number;
  /** Of the voice, about: it may rise and fall by a third, but slowly. */
  readonly hertz: number;
  readonly phones: readonly TimedPhone[];
}

export interface Target {
  /** The very phones of the recording, silences too, where they shall sound. */
  readonly phones: readonly TimedPhone[];
  /** Hz by seconds. */
  readonly hertzAt: (seconds: number) => number;
}

/** Samples between grains where there is no pitch. */
const noiseStep = 96;

/** The recording sung: each phone at its new time and pitch, at the recording's rate. */
export function retime(recording: Recording, { phones, hertzAt }: Target): Float32Array {
  const { sound, sampleRate } = recording;
  const told = [recording.phones, phones].map((list) => list.map(({ phone }) => phone).join(" "));
  if (told[0] !== told[1]) throw new Error(`"${told[1]}" can't be made from "${told[0]}"`);
  const marks = findMarks(recording);
  const out = new Float32Array(Math.ceil(phones.at(-1)!.to * sampleRate));
  let at = 0; // of the next grain, in samples
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

/** Of a source vowel, what begins and ends it and is not stretched. */
const steady = { from: 0.35, to: 0.65 };
const steadyOfGliding = { from: 0.2, to: 0.4 };

/** Where in the recording a phone is, that is being sung. */
function sourceSeconds(phone: string, source: TimedPhone, target: TimedPhone, seconds: number): number {
  const [length, wanted] = [source.to - source.from, target.to - target.from];
  const passed = seconds - target.from;
  const left = target.to - seconds;
  if (isStop(phone)) return Math.max(source.from, source.to - left); // its burst is at its end
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
  /** In samples, somewhere between the marks. */
  readonly place: number;
  /** Samples to the next pulse: the closer they come, the softer each has to be. */
  readonly step: number;
}

/** One period of the voice: what is between two marks is a mixture of both. */
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

interface Grain {
  readonly sound: Float32Array;
  readonly centre: number;
  readonly half: number;
  readonly gain: number;
}

/** Adds a stretch of sound under a Hann window, its centre at a place between samples. */
function addGrain(out: Float32Array, at: number, { sound, centre, half, gain }: Grain): void {
  const last = Math.min(out.length - 1, Math.floor(at + half));
  for (let n = Math.max(0, Math.ceil(at - half)); n <= last; n++) {
    const distance = n - at;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / half);
    out[n]! += gain * window * between(sound, centre + distance);
  }
}

/** A value between samples, on the cubic through its four neighbours. */
function between(sound: Float32Array, place: number): number {
  const from = Math.floor(place);
  const x = place - from;
  const [a, b, c, d] = [sound[from - 1] ?? 0, sound[from] ?? 0, sound[from + 1] ?? 0, sound[from + 2] ?? 0];
  return b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)));
}

/** Places one period apart, in samples, on the same point of each; by phone, undefined where there is no pitch. */
function findMarks({ sound, sampleRate, hertz, phones }: Recording): (readonly number[] | undefined)[] {
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

/** From the highest peak both ways, always to where the sound is most like the period before; two marks at least. */
function marksBetween(sound: Float32Array, from: number, to: number, period: number): number[] {
  let peak = Math.round(from);
  for (let at = peak; at < to; at++) if (Math.abs(sound[at] ?? 0) > Math.abs(sound[peak] ?? 0)) peak = at;
  const marks = [peak, mostAlike(sound, peak, period, furthest)];
  const [shortest, longest] = [period * (1 - furthest), period * (1 + furthest)];
  const step = (a: number, b: number) => Math.min(longest, Math.max(shortest, b - a));
  const first = step(peak, marks[1]!);
  for (let next = first; marks.at(-1)! + next < to; next = step(marks.at(-2)!, marks.at(-1)!))
    marks.push(mostAlike(sound, marks.at(-1)!, next, slack));
  for (let next = first; marks[0]! - next > from; next = step(marks[0]!, marks[1]!))
    marks.unshift(mostAlike(sound, marks[0]!, -next, slack));
  return marks;
}

/** How far a period may be from the one expected, and each from the one before. */
const furthest = 0.3;
const slack = 0.08;

function mostAlike(sound: Float32Array, from: number, step: number, tolerance: number): number {
  const half = Math.round(Math.abs(step) * 0.75);
  const reach = Math.ceil(tolerance * Math.abs(step));
  const middle = Math.round(from + step);
  let best = middle;
  let most = 1e-6; // in silence all are alike, and the middle is right
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
