/** From a score to sound: parts balanced by loudness, mixed to mono, halved to 22,050 Hz, brought to −18 dBFS. */
import { drum } from "./groove.ts";
import { inRoom, performed } from "./room.ts";
import { grain, type Part, type Score, sampleRate, samplesOf } from "./score.ts";
import { synthesize, synthRate } from "./synth.ts";

/** Root mean square of a whole song, full scale 1: −18 dB. */
const loudness = 10 ** (-18 / 20);
const ceiling = 0.94;
const knee = 0.6;
const fadeSeconds = 0.25;

/** Mono, 22,050 Hz. */
export function render(score: Score): Float32Array {
  const tracks = tracksOf(score);
  const samples = samplesOf(score);
  const dry = halve(mix(score, tracks), samples);
  const mixed = inRoom(dry, halve(mix(score, tracks, roomShare), samples), score.finish);
  const gain = loudness / Math.max(rms(mixed), 1e-6);
  const fade = fadeSeconds * sampleRate;
  const sound = performed(
    mixed.map((sample) => sample * gain),
    score,
  );
  return sound.map((sample, index) => limit(sample) * Math.min(1, (sound.length - 1 - index) / fade));
}

interface Track {
  readonly part: Part;
  readonly sound: Float32Array;
  /** Brings the part to its own level, whatever its instrument's loudness. */
  readonly gain: number;
}

function tracksOf(score: Score): Track[] {
  const sounds = synthesize(score);
  return score.parts.map((part, index) => {
    const sound = withoutRumble(sounds[index]!);
    return { part, sound, gain: 10 ** (part.level / 20) / Math.max(soundingRms(sound), 1e-6) };
  });
}

/** What of a part goes into the room: no bass, and little of the drums. */
function roomShare({ role }: Part): number {
  if (role === "bass") return 0;
  return role === "drums" ? 0.3 : 1;
}

function mix(score: Score, tracks: readonly Track[], share: (part: Part) => number = () => 1): Float32Array {
  const mixed = new Float32Array(tracks[0]!.sound.length);
  const dips = ducking(score, mixed.length);
  for (const { part, sound, gain } of tracks) {
    const sent = gain * share(part);
    if (sent === 0) continue;
    for (let i = 0; i < mixed.length; i++) mixed[i]! += sound[i]! * sent * (part.ducked ? dips[i]! : 1);
  }
  return mixed;
}

/** A Butterworth high-pass of second order at 35 Hz: takes away the sample's rumble and offset. */
function withoutRumble(sound: Float32Array): Float32Array {
  const turn = Math.tan((Math.PI * 35) / synthRate);
  const norm = 1 / (1 + Math.SQRT2 * turn + turn * turn);
  const back1 = 2 * (turn * turn - 1) * norm;
  const back2 = (1 - Math.SQRT2 * turn + turn * turn) * norm;
  const out = new Float32Array(sound.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let at = 0; at < sound.length; at++) {
    const x = sound[at]!;
    const y = norm * (x - 2 * x1 + x2) - back1 * y1 - back2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    out[at] = y;
  }
  return out;
}

/** Gain of the ducked parts: down at each bass drum, back within a fifth of a second. */
function ducking(score: Score, length: number): Float32Array {
  const gains = new Float32Array(length).fill(1);
  if (!score.parts.some((part) => part.ducked)) return gains;
  for (const { tick, pitch } of score.parts.find((part) => part.role === "drums")?.notes ?? []) {
    if (pitch !== drum.kick) continue;
    const start = tick * score.grainsPerTick * grain * 2;
    for (let i = start; i < length && i < start + synthRate / 2; i++) {
      gains[i] = 1 - 0.75 * Math.exp(-(i - start) / (0.09 * synthRate));
    }
  }
  return gains;
}

/** Root mean square of the 50 ms stretches within 40 dB of the loudest: how loud a part is while it plays. */
export function soundingRms(sound: Float32Array): number {
  const size = synthRate / 20;
  const powers: number[] = [];
  for (let at = 0; at + size <= sound.length; at += size) powers.push(rms(sound.subarray(at, at + size)) ** 2);
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  const sounding = powers.filter((power) => power > 0 && power >= loudest * 1e-4);
  return Math.sqrt(sounding.reduce((sum, power) => sum + power, 0) / Math.max(1, sounding.length));
}

function rms(sound: Float32Array): number {
  let sum = 0;
  for (const sample of sound) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, sound.length));
}

/** Bends peaks above the knee so that none passes the ceiling. */
function limit(sample: number): number {
  const size = Math.abs(sample);
  if (size <= knee) return sample;
  return Math.sign(sample) * (knee + (ceiling - knee) * Math.tanh((size - knee) / (ceiling - knee)));
}

const halfTaps = 63;
const taps = halfBand();

/**
 * Every second sample after a low-pass without delay, so that onsets stay where they were. Four sums go on side by side,
 * each in its own order: one addition need not wait for another's, and the sound is the same to the bit.
 */
export function halve(sound: Float32Array, samples: number): Float32Array {
  const out = new Float32Array(samples);
  const padded = new Float32Array(2 * (samples + 4) + taps.length); // silence around it
  padded.set(sound.subarray(0, padded.length - halfTaps), halfTaps);
  for (let n = 0; n < samples; n += 4) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let k = 0, at = 2 * n; k < taps.length; k++, at++) {
      const tap = taps[k]!;
      a += tap * padded[at]!;
      b += tap * padded[at + 2]!;
      c += tap * padded[at + 4]!;
      d += tap * padded[at + 6]!;
    }
    out[n] = a;
    out[n + 1] = b; // past the end it is dropped
    out[n + 2] = c;
    out[n + 3] = d;
  }
  return out;
}

/** A sinc cut at 10.3 kHz under a Kaiser window of 80 dB: flat to 9.4 kHz, nothing from 11.2 kHz. */
function halfBand(): Float64Array {
  const cutoff = (2 * 10_300) / synthRate;
  const kernel = Float64Array.from({ length: 2 * halfTaps + 1 }, (_, index) => {
    const x = index - halfTaps;
    const sinc = x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x);
    return (sinc * bessel(7.86 * Math.sqrt(1 - (x / halfTaps) ** 2))) / bessel(7.86);
  });
  const sum = kernel.reduce((total, tap) => total + tap, 0);
  return kernel.map((tap) => tap / sum);
}

/** Modified Bessel function of order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  for (let k = 1, term = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
