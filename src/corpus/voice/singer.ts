/** Sings a line of text on a melody, with the times of all phones and characters. */
import { resample } from "../../audio/resample.ts";
import { type Span, timeCharacters } from "../../singing/characters.ts";
import { pronounce } from "../../singing/pronounce.ts";
import { fitNotes, type SungNote, schedule, type TimedPhone } from "../../singing/schedule.ts";
import { type Singer, sampleRate, singers } from "../score.ts";
import { type Speaker, speak } from "./flite.ts";
import { synthesizeFormants } from "./formant-synth.ts";
import { hertzOf, type PitchStyle, pitchCurve } from "./pitch.ts";
import { polish } from "./polish.ts";
import { retime } from "./psola.ts";

export { type Singer, type Span, singers };

export interface LyricLine {
  readonly singer: Singer;
  /** English. */
  readonly text: string;
  /** In order of time; the consonants before the first vowel need about 0.2 s before the first note. */
  readonly notes: readonly SungNote[];
}

export interface RenderedLine {
  /** Mono, 22,050 Hz; about equally loud for all singers. */
  readonly sound: Float32Array;
  readonly phones: readonly TimedPhone[];
  /** One span per character of the text; characters that are not sung lie between their neighbours. */
  readonly characters: readonly Span[];
}

interface Voice {
  /** A Flite voice, moved to the melody by PSOLA; or the formant scale of the formant synthesizer. */
  readonly from: Speaker | number;
  readonly pitchStyle: PitchStyle;
  /** Delay in seconds. */
  readonly delaySeconds: number;
}

const pitchStyle: PitchStyle = { depth: 0.25, rate: 5.4, delay: 0.35, detune: 0 };
const solo = (from: Voice["from"]): readonly Voice[] => [{ from, pitchStyle, delaySeconds: 0 }];

const voices: Readonly<Record<Singer, readonly Voice[]>> = {
  low: solo("rms"),
  high: solo("slt"),
  choir: [
    { from: "slt", pitchStyle: { ...pitchStyle, depth: 0.15 }, delaySeconds: 0 },
    { from: "awb", pitchStyle: { ...pitchStyle, depth: 0.15, rate: 4.9, detune: 0.07 }, delaySeconds: 0.011 },
    { from: "rms", pitchStyle: { ...pitchStyle, depth: 0.15, rate: 5.8, detune: -0.06 }, delaySeconds: 0.018 },
  ],
  machine: solo(1.08),
};

/** Lowest and highest MIDI pitch at which a singer is intelligible. */
export const ranges: Readonly<Record<Singer, readonly [number, number]>> = {
  low: [43, 60],
  high: [55, 72],
  choir: [48, 67],
  machine: [45, 64],
};

/** Sings a line; deterministic. Throws if the text has no word to sing. */
export function singLine({ singer, text, notes }: LyricLine): RenderedLine {
  const words = pronounce(text);
  const syllables = words.flatMap((word) => word.syllables);
  if (syllables.length === 0) throw new Error(`nothing in "${text}" can be sung`);
  const fitted = fitNotes(notes, syllables.length);
  const phones = schedule(syllables, fitted);
  const sounds = voices[singer].map((voice) => ({ ...voice, sound: singWith(voice, phones, fitted) }));
  return { sound: polish(mixVoices(sounds), sampleRate), phones, characters: timeCharacters(text, words, phones) };
}

function singWith(
  { from, pitchStyle }: Voice,
  phones: readonly TimedPhone[],
  notes: readonly SungNote[],
): Float32Array {
  const pitch = pitchCurve(notes, pitchStyle);
  const hertzAt = (seconds: number) => hertzOf(pitch(seconds));
  if (typeof from === "number")
    return synthesizeFormants(phones, { formantScale: from, hertzAt, seed: notes.length }, sampleRate);
  const hertz = hertzOf(meanPitch(notes)); // a pitch close to the melody needs the least shifting
  const names = phones.map(({ phone }) => phone);
  const speech = speak(names, { speaker: from, hertz });
  let start = 0;
  const spoken = speech.phones.map(({ phone, to }) => {
    const timed = { phone, from: start, to };
    start = to;
    return timed;
  });
  const sound = resample(speech.sound, speech.sampleRate, sampleRate);
  return retime({ sound, sampleRate, hertz: speech.hertz, phones: spoken }, { phones, hertzAt });
}

/** Mean MIDI pitch, weighted by duration. */
function meanPitch(notes: readonly SungNote[]): number {
  const seconds = notes.reduce((sum, note) => sum + note.duration, 0);
  return notes.reduce((sum, note) => sum + note.pitch * note.duration, 0) / seconds;
}

function mixVoices(sounds: readonly { readonly sound: Float32Array; readonly delaySeconds: number }[]): Float32Array {
  const all = new Float32Array(sounds[0]!.sound.length);
  for (const { sound, delaySeconds } of sounds) {
    const delay = Math.round(delaySeconds * sampleRate);
    const power = sound.reduce((sum, sample) => sum + sample * sample, 0);
    const gain = 1 / Math.sqrt(Math.max(power, 1e-9));
    for (let at = delay; at < all.length; at++) all[at]! += gain * sound[at - delay]!;
  }
  return all;
}
