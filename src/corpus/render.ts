/** Renders a score: synthesizes its parts, balances and mixes them to mono at 22,050 Hz, and masters the mix. */
import { drum } from "./drum-patterns.ts";
import { activeRms, ceiling, rms, songLoudness } from "./loudness.ts";
import { addReverbAndEq, applyDynamics } from "./mastering.ts";
import { grain, type Part, type Score, sampleRate, samplesOf } from "./score.ts";
import { synthesize, synthRate } from "./synth.ts";

const knee = 0.6;
const fadeSeconds = 0.25;
/** 50 ms windows within 40 dB of the loudest. */
const audible = { window: synthRate / 20, floor: 1e-4 };

/** Mono, 22,050 Hz, −1 … 1: `samplesOf(score)` samples. */
export function render(score: Score): Float32Array {
  const tracks = tracksOf(score);
  const samples = samplesOf(score);
  const dry = halve(mix(score, tracks), samples);
  const mixed = addReverbAndEq(dry, halve(mix(score, tracks, reverbSend), samples), score.finish);
  const gain = songLoudness / Math.max(rms(mixed), 1e-6);
  const fade = fadeSeconds * sampleRate;
  const sound = applyDynamics(
    mixed.map((sample) => sample * gain),
    score,
  );
  return sound.map((sample, index) => limit(sample) * Math.min(1, (sound.length - 1 - index) / fade));
}

interface Track {
  readonly part: Part;
  readonly sound: Float32Array;
  /** Brings the part to its level, whatever the instrument's own loudness. */
  readonly gain: number;
}

function tracksOf(score: Score): Track[] {
  const sounds = synthesize(score);
  return score.parts.map((part, index) => {
    const sound = removeRumble(sounds[index]!);
    return { part, sound, gain: 10 ** (part.level / 20) / Math.max(activeRms(sound, audible), 1e-6) };
  });
}

/** Share of a part that is sent to the reverb. */
function reverbSend({ role }: Part): number {
  if (role === "bass") return 0;
  return role === "drums" ? 0.3 : 1;
}

function mix(score: Score, tracks: readonly Track[], share: (part: Part) => number = () => 1): Float32Array {
  const mixed = new Float32Array(tracks[0]!.sound.length);
  const dips = duckingGains(score, mixed.length);
  for (const { part, sound, gain } of tracks) {
    const send = gain * share(part);
    if (send === 0) continue;
    for (let i = 0; i < mixed.length; i++) mixed[i]! += sound[i]! * send * (part.ducked ? dips[i]! : 1);
  }
  return mixed;
}

/** Second-order Butterworth high-pass at 35 Hz: removes rumble and DC offset of the instruments' samples. */
function removeRumble(sound: Float32Array): Float32Array {
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

/**
 * Sidechain gain of the ducked parts at the synthesizer's rate: drops at each bass drum, recovers with a time constant
 * of 90 ms.
 */
function duckingGains(score: Score, length: number): Float32Array {
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

/** Soft limiter: compresses what exceeds the knee so that nothing exceeds the ceiling. */
function limit(sample: number): number {
  const size = Math.abs(sample);
  if (size <= knee) return sample;
  return Math.sign(sample) * (knee + (ceiling - knee) * Math.tanh((size - knee) / (ceiling - knee)));
}

const halfTaps = 63;
const taps = halfBand();

/**
 * Decimates by 2 after a zero-phase low-pass, so that onsets stay in place: [2 · samples] → [samples]. Four sums run
 * side by side, each in its own order, so that no addition waits for another one's result; the sound is bit-identical.
 */
export function halve(sound: Float32Array, samples: number): Float32Array {
  const out = new Float32Array(samples);
  const padded = new Float32Array(2 * (samples + 4) + taps.length); // with zeros
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
    out[n + 1] = b; // writes past the end are ignored
    out[n + 2] = c;
    out[n + 3] = d;
  }
  return out;
}

/** A Kaiser-windowed sinc with cutoff 10.3 kHz: flat to 9.4 kHz, 80 dB down from 11.2 kHz. */
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

/** Modified Bessel function I₀, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  for (let k = 1, term = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
