/** Mastering of the mix: reverb, equaliser, level by section, compressor. */
import { type Bell, type Dynamics, type Finish, grain, type Score, sampleRate, ticksPerBar } from "./score.ts";

/** Delays of the reverb, in samples: coprime, so that their echoes do not coincide. */
const delays = [331, 421, 509, 593, 701, 809, 941, 1049];
/** Coefficient of the one-pole low-pass in each delay line. */
const damping = 0.35;
/** Corner frequency of the tilt shelf, in Hz. */
const treble = 1600;

/** Level of a section, in dB. */
const levels: Readonly<Record<Dynamics, number>> = { soft: -5, medium: -2, loud: 0 };
/** Seconds of the fade from one section's level to the next. */
const fade = 0.02;

/** Threshold as an amplitude (−20 dBFS); times in seconds. */
const compressor = { threshold: 10 ** (-20 / 20), ratio: 2, attack: 0.01, release: 0.12 };

/**
 * Adds the reverb of `send` to the dry sound, then applies tilt and bells. Mono, 22,050 Hz, both of the same length.
 */
export function addReverbAndEq(dry: Float32Array, send: Float32Array, { room, tilt, bells }: Finish): Float32Array {
  const wet = reverberate(send, room.seconds);
  const level = 10 ** (room.level / 20);
  const mixed = dry.map((sample, index) => sample + level * wet[index]!);
  return bells.reduce(applyBell, applyTilt(mixed, tilt));
}

/** Feedback delay network: eight delay lines mixed by a Hadamard matrix; decays by 60 dB in `seconds`. */
export function reverberate(sound: Float32Array, seconds: number): Float32Array {
  const lines = delays.map((delay) => new Float32Array(delay));
  const gains = delays.map((delay) => 10 ** ((-3 * delay) / (seconds * sampleRate)));
  const state = new Float64Array(lines.length);
  const damped = new Float64Array(lines.length);
  const spread = 1 / Math.sqrt(lines.length);
  return sound.map((input, at) => {
    let out = 0;
    for (let line = 0; line < lines.length; line++) {
      const echo = lines[line]![at % delays[line]!]!;
      state[line]! += (1 - damping) * (echo - state[line]!);
      damped[line] = state[line]! * gains[line]!;
      out += line % 2 === 0 ? damped[line]! : -damped[line]!;
    }
    hadamard(damped);
    for (let line = 0; line < lines.length; line++) {
      lines[line]![at % delays[line]!] = input * spread + damped[line]! * spread;
    }
    return out * spread;
  });
}

/** Multiplies by the (unnormalised) Hadamard matrix, in place. */
function hadamard(values: Float64Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let at = 0; at < values.length; at++) {
      if (at & half) continue;
      const [a, b] = [values[at]!, values[at + half]!];
      values[at] = a + b;
      values[at + half] = a - b;
    }
  }
}

/** First-order high shelf: unchanged far below 1.6 kHz, `decibels` far above. */
function applyTilt(sound: Float32Array, decibels: number): Float32Array {
  const share = 1 - Math.exp((-2 * Math.PI * treble) / sampleRate);
  const gain = 10 ** (decibels / 20);
  let low = 0;
  return sound.map((sample) => {
    low += share * (sample - low);
    return low + gain * (sample - low);
  });
}

/** Second-order peaking filter: bilinear transform of (s² + (√gain/q)·s + 1) / (s² + s/(√gain·q) + 1) with q = 1. */
function applyBell(sound: Float32Array, { hertz, decibels }: Bell): Float32Array {
  const root = 10 ** (decibels / 40);
  const turn = (2 * Math.PI * hertz) / sampleRate;
  const [wide, cosine] = [Math.sin(turn) / 2, -2 * Math.cos(turn)];
  const norm = 1 / (1 + wide / root);
  const [b0, b1, b2] = [(1 + wide * root) * norm, cosine * norm, (1 - wide * root) * norm];
  const a2 = (1 - wide / root) * norm;
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return sound.map((x) => {
    const y = b0 * x + b1 * (x1 - y1) + b2 * x2 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}

/** Applies each section's level, then a compressor. Mono, 22,050 Hz. */
export function applyDynamics(sound: Float32Array, score: Score): Float32Array {
  return compress(applyLevels(sound, score));
}

function applyLevels(sound: Float32Array, { sections, grainsPerTick }: Score): Float32Array {
  const starts = sections.map(({ bar, dynamics }) => ({
    sample: bar * ticksPerBar * grainsPerTick * grain,
    gain: 10 ** (levels[dynamics] / 20),
  }));
  const step = 1 / (fade * sampleRate);
  let [next, gain] = [0, starts[0]?.gain ?? 1];
  return sound.map((sample, at) => {
    while (next < starts.length - 1 && at >= starts[next + 1]!.sample) next++;
    const wanted = starts[next]?.gain ?? 1;
    gain += Math.min(Math.max(wanted - gain, -step), step);
    return sample * gain;
  });
}

function compress(sound: Float32Array): Float32Array {
  const { threshold, ratio, attack, release } = compressor;
  const [rise, fall] = [attack, release].map((seconds) => 1 - Math.exp(-1 / (seconds * sampleRate))) as [
    number,
    number,
  ];
  let power = 0;
  return sound.map((sample) => {
    const now = sample * sample;
    power += (now > power ? rise : fall) * (now - power);
    const level = Math.sqrt(power);
    return level > threshold ? sample * (level / threshold) ** (1 / ratio - 1) : sample;
  });
}
