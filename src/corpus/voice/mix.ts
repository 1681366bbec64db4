/** A sung song in the mix: room for the voice in the accompaniment, loudness as everywhere in the corpus. */
import { render } from "../render.ts";
import { type Score, sampleRate } from "../score.ts";
import { bell } from "./polish.ts";
import { sungPart } from "./song.ts";

/** As the corpus renders: root mean square of the whole, and the most that a sample may be. */
const loudness = 10 ** (-18 / 20);
const ceiling = 0.94;

/** The song with its melody sung instead of played. */
export function mixSong(score: Score, voice: Float32Array): Float32Array {
  const sung = sungPart(score);
  const parts = score.parts.filter((part) => part !== sung);
  return mixUnder(voice, render({ ...score, parts }), usual);
}

export interface Mix {
  /** Of the voice where it sounds, above the whole accompaniment, in decibels. */
  readonly above: number;
  /** What the accompaniment gives up of the band that words need, all the time, in decibels. */
  readonly room: number;
  /** What it gives up of everything while the voice sounds, in decibels. */
  readonly duck: number;
}

export const usual: Mix = { above: 6, room: 5, duck: 3 };
const wordsBand = { hertz: 1800, width: 1.6 };
/** Seconds in which the accompaniment comes back. */
const back = 0.25;

/** A voice over an accompaniment; where it sings, it lies `above` and `duck` decibels together over it. */
export function mixUnder(voice: Float32Array, accompaniment: Float32Array, { above, room, duck }: Mix): Float32Array {
  const carved = bell(accompaniment, sampleRate, { ...wordsBand, decibels: -room });
  const level = soundingRms(voice);
  const gain = (10 ** (above / 20) * rms(carved)) / Math.max(level, 1e-9);
  let presence = 0; // of the voice, lately
  const mixed = carved.map((sample, at) => {
    const sung = voice[at] ?? 0;
    presence = Math.max(Math.abs(sung) / Math.max(level, 1e-9), presence * (1 - 1 / (back * sampleRate)));
    return gain * sung + sample * 10 ** ((-duck * Math.min(1, presence)) / 20);
  });
  const scale = loudness / Math.max(rms(mixed), 1e-9);
  return mixed.map((sample) => ceiling * Math.tanh((sample * scale) / ceiling));
}

const rms = (sound: Float32Array): number =>
  Math.sqrt(sound.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, sound.length));

/** Root mean square of the samples that are no silence. */
function soundingRms(sound: Float32Array): number {
  const size = 1024;
  const powers: number[] = [];
  for (let at = 0; at + size <= sound.length; at += size) powers.push(rms(sound.subarray(at, at + size)) ** 2);
  const loudest = powers.reduce((a, b) => Math.max(a, b), 0);
  const sounding = powers.filter((power) => power > 1e-3 * loudest);
  return Math.sqrt(sounding.reduce((sum, power) => sum + power, 0) / Math.max(1, sounding.length));
}
