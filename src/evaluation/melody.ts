/** Whether a melody is still heard: for each of its notes, whether the pitch that was written stands out among its neighbours. */
import { fourier } from "../audio/spectrum.ts";

/** A note of the melody, in seconds of the sound. */
export interface MelodyNote {
  readonly from: number;
  readonly to: number;
  /** MIDI: 60 is the middle C. */
  readonly pitch: number;
}

const WINDOW = 8192; // 0.37 s at 22,050 Hz: half tones lie apart from 140 Hz on
const HARMONICS = 5;
const AROUND = 6; // semitones that compete on either side

/** How often the right pitch would win by chance. */
export const MELODY_CHANCE = 1 / (2 * AROUND + 1);

export interface MelodyCount {
  readonly notes: number;
  /** Notes whose own pitch was the strongest within six semitones. */
  readonly right: number;
}

/** Notes shorter than a tenth of a second, and those outside of the sound, are not asked for. */
export function melodyRight(sound: Float32Array, notes: readonly MelodyNote[], sampleRate: number): MelodyCount {
  const asked = notes.filter(({ from, to }) => to - from >= 0.1 && from >= 0 && to * sampleRate <= sound.length);
  const hear = listener(sampleRate);
  const right = asked.filter(({ from, to, pitch }) => {
    const strengthOf = hear(sound, Math.round(((from + Math.min(to, from + 0.4)) / 2) * sampleRate), to - from);
    const own = strengthOf(pitch);
    return neighbours.every((step) => strengthOf(pitch + step) < own);
  });
  return { notes: asked.length, right: right.length };
}

const neighbours = Array.from({ length: 2 * AROUND + 1 }, (_, index) => index - AROUND).filter((step) => step !== 0);

/** The strength of a pitch around a sample: its harmonics' magnitudes, the higher ones counting less. */
function listener(sampleRate: number) {
  const transform = fourier(WINDOW);
  const [re, im] = [new Float64Array(WINDOW), new Float64Array(WINDOW)];
  return (sound: Float32Array, middle: number, seconds: number): ((pitch: number) => number) => {
    const width = Math.min(WINDOW, Math.round(seconds * sampleRate));
    re.fill(0);
    im.fill(0);
    for (let at = 0; at < width; at++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / width);
      re[at] = hann * (sound[middle - (width >> 1) + at] ?? 0);
    }
    transform(re, im);
    const magnitudeAt = (hertz: number): number => {
      const bin = Math.round((hertz * WINDOW) / sampleRate);
      return bin < WINDOW / 2 ? Math.hypot(re[bin]!, im[bin]!) : 0;
    };
    return (pitch) => {
      const hertz = 440 * 2 ** ((pitch - 69) / 12);
      let sum = 0;
      for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) sum += magnitudeAt(harmonic * hertz) / harmonic;
      return sum;
    };
  };
}
