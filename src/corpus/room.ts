/** The last touches: a small room, an equaliser, loudness by section, a gentle compressor. */
import { type Bell, type Dynamics, type Finish, grain, type Score, sampleRate, ticksPerBar } from "./score.ts";

/** Samples of the room's delays: primes, so that their echoes never meet. */
const delays = [331, 421, 509, 593, 701, 809, 941, 1049];
/** What of the treble an echo loses on each way: a one-pole low-pass. */
const damping = 0.35;
/** Above this the tilt applies, in Hz. */
const treble = 1600;

/** In dB. */
const levels: Readonly<Record<Dynamics, number>> = { soft: -5, medium: -2, loud: 0 };
/** Seconds in which the level goes from one section's to the next one's. */
const fade = 0.02;

/** Above −20 dBFS, twice as much change in is once as much out; what reacts to a beat is over before the next. */
const compressor = { threshold: 10 ** (-20 / 20), ratio: 2, attack: 0.01, release: 0.12 };

/** The dry sound and what the room makes of what was sent into it, through the equaliser. */
export function inRoom(dry: Float32Array, sent: Float32Array, { room, tilt, bells }: Finish): Float32Array {
  const wet = reverberate(sent, room.seconds);
  const level = 10 ** (room.level / 20);
  const mixed = dry.map((sample, index) => sample + level * wet[index]!);
  return bells.reduce(rung, tilted(mixed, tilt));
}

/** Eight delay lines that feed one another through a Hadamard matrix: after `seconds` their echoes are 60 dB down. */
export function reverberate(sound: Float32Array, seconds: number): Float32Array {
  const lines = delays.map((delay) => new Float32Array(delay));
  const gains = delays.map((delay) => 10 ** ((-3 * delay) / (seconds * sampleRate)));
  const state = new Float64Array(lines.length);
  const heard = new Float64Array(lines.length);
  const spread = 1 / Math.sqrt(lines.length);
  return sound.map((input, at) => {
    let out = 0;
    for (let line = 0; line < lines.length; line++) {
      const echo = lines[line]![at % delays[line]!]!;
      state[line]! += (1 - damping) * (echo - state[line]!);
      heard[line] = state[line]! * gains[line]!;
      out += line % 2 === 0 ? heard[line]! : -heard[line]!;
    }
    hadamard(heard);
    for (let line = 0; line < lines.length; line++) {
      lines[line]![at % delays[line]!] = input * spread + heard[line]! * spread;
    }
    return out * spread;
  });
}

/** Multiplies by the Hadamard matrix, in place; its rows have length √n. */
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

/** A shelf of first order: below 1.6 kHz as it is, far above by so many dB. */
function tilted(sound: Float32Array, decibels: number): Float32Array {
  const share = 1 - Math.exp((-2 * Math.PI * treble) / sampleRate);
  const gain = 10 ** (decibels / 20);
  let low = 0;
  return sound.map((sample) => {
    low += share * (sample - low);
    return low + gain * (sample - low);
  });
}

/** A peak or a dip of second order, by the bilinear transform of s² + (√gain/q)·s + 1 over s² + s/(√gain·q) + 1, q = 1. */
function rung(sound: Float32Array, { hertz, decibels }: Bell): Float32Array {
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

/** As loud as each section is to be, with the loudest peaks held back. */
export function performed(sound: Float32Array, score: Score): Float32Array {
  return compressed(levelled(sound, score));
}

function levelled(sound: Float32Array, { sections, grainsPerTick }: Score): Float32Array {
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

function compressed(sound: Float32Array): Float32Array {
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
