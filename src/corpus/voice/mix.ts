/** Mixes a sung voice with the accompaniment, at the loudness of the corpus. */
import { activeRms, ceiling, rms, songLoudness } from "../loudness.ts";
import { render } from "../render.ts";
import { type Score, sampleRate } from "../score.ts";
import { peakFilter } from "./polish.ts";
import { sungPart } from "./song.ts";

/** Renders a song with the sung voice in place of its vocal part. `voice` is mono at 22,050 Hz, as long as the song. */
export function mixSong(score: Score, voice: Float32Array): Float32Array {
  const sung = sungPart(score);
  const parts = score.parts.filter((part) => part !== sung);
  return mixUnder(voice, render({ ...score, parts }), defaultMix);
}

export interface Mix {
  /** Level of the voice, while it sounds, above the accompaniment, in dB. */
  readonly above: number;
  /** Cut of the accompaniment in the frequency band of speech, in dB. */
  readonly carve: number;
  /** Ducking of the accompaniment while the voice sounds, in dB. */
  readonly duck: number;
}

export const defaultMix: Mix = { above: 6, carve: 5, duck: 3 };
const speechBand = { hertz: 1800, width: 1.6 };
/** Release time of the ducking, in seconds. */
const release = 0.25;

/** Mixes a voice over an accompaniment; while it sounds, it is `above + duck` dB louder than the accompaniment. */
export function mixUnder(voice: Float32Array, accompaniment: Float32Array, { above, carve, duck }: Mix): Float32Array {
  const carved = peakFilter(accompaniment, sampleRate, { ...speechBand, decibels: -carve });
  const level = activeRms(voice, { window: 1024, floor: 1e-3 });
  const gain = (10 ** (above / 20) * rms(carved)) / Math.max(level, 1e-9);
  let presence = 0; // envelope of the voice, relative to its level
  const mixed = carved.map((sample, at) => {
    const sung = voice[at] ?? 0;
    presence = Math.max(Math.abs(sung) / Math.max(level, 1e-9), presence * (1 - 1 / (release * sampleRate)));
    return gain * sung + sample * 10 ** ((-duck * Math.min(1, presence)) / 20);
  });
  const scale = songLoudness / Math.max(rms(mixed), 1e-9);
  return mixed.map((sample) => ceiling * Math.tanh((sample * scale) / ceiling));
}
