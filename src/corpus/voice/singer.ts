/** Singers: a text and a melody become a sung line, with the time of every phone and every letter. */
import { resample } from "../../audio/resample.ts";
import { type Span, timeCharacters } from "../../singing/characters.ts";
import { pronounce } from "../../singing/pronounce.ts";
import { fitNotes, type SungNote, schedule, type TimedPhone } from "../../singing/schedule.ts";
import { type Singer, sampleRate, singers } from "../score.ts";
import { type Speaker, speak } from "./flite.ts";
import { synthesize } from "./formant.ts";
import { hertzOf, type Manner, pitchCurve } from "./pitch.ts";
import { polish } from "./polish.ts";
import { retime } from "./psola.ts";

export { type Singer, type Span, singers };

export interface Line {
  readonly singer: Singer;
  /** English. */
  readonly text: string;
  /** In order of time; consonants before the first vowel need some 0.2 seconds before the first note. */
  readonly notes: readonly SungNote[];
}

export interface SungLine {
  /** Mono, 22,050 Hz, about as loud whoever sings. */
  readonly sound: Float32Array;
  readonly phones: readonly TimedPhone[];
  /** One for each character of the text; what isn't sung lies between its neighbours. */
  readonly characters: readonly Span[];
}

interface Voice {
  /** Whose phones are moved to the melody, or how large the mouth of a synthesizer is beside a man's. */
  readonly from: Speaker | number;
  readonly manner: Manner;
  /** Seconds behind the first voice. */
  readonly late: number;
}

const manner: Manner = { depth: 0.25, rate: 5.4, delay: 0.35, detune: 0 };
const solo = (from: Voice["from"]): readonly Voice[] => [{ from, manner, late: 0 }];

const voices: Readonly<Record<Singer, readonly Voice[]>> = {
  low: solo("rms"),
  high: solo("slt"),
  choir: [
    { from: "slt", manner: { ...manner, depth: 0.15 }, late: 0 },
    { from: "awb", manner: { ...manner, depth: 0.15, rate: 4.9, detune: 0.07 }, late: 0.011 },
    { from: "rms", manner: { ...manner, depth: 0.15, rate: 5.8, detune: -0.06 }, late: 0.018 },
  ],
  machine: solo(1.08),
};

/** Lowest and highest MIDI pitch at which each is understood. */
export const ranges: Readonly<Record<Singer, readonly [number, number]>> = {
  low: [43, 60],
  high: [55, 72],
  choir: [48, 67],
  machine: [45, 64],
};

/** The same line always sounds the same. */
export function singLine({ singer, text, notes }: Line): SungLine {
  const words = pronounce(text);
  const syllables = words.flatMap((word) => word.syllables);
  if (syllables.length === 0) throw new Error(`nothing in "${text}" can be sung`);
  const fitted = fitNotes(notes, syllables.length);
  const phones = schedule(syllables, fitted);
  const sounds = voices[singer].map((voice) => ({ ...voice, sound: sing(voice, phones, fitted) }));
  return { sound: polish(together(sounds), sampleRate), phones, characters: timeCharacters(text, words, phones) };
}

function sing({ from, manner }: Voice, phones: readonly TimedPhone[], notes: readonly SungNote[]): Float32Array {
  const pitch = pitchCurve(notes, manner);
  const hertzAt = (seconds: number) => hertzOf(pitch(seconds));
  if (typeof from === "number") return synthesize(phones, { size: from, hertzAt, seed: notes.length }, sampleRate);
  const hertz = hertzOf(middleOf(notes)); // the nearer the speech, the less its sound has to be bent
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

/** The mean pitch, long notes counting more. */
function middleOf(notes: readonly SungNote[]): number {
  const seconds = notes.reduce((sum, note) => sum + note.duration, 0);
  return notes.reduce((sum, note) => sum + note.pitch * note.duration, 0) / seconds;
}

function together(sounds: readonly { readonly sound: Float32Array; readonly late: number }[]): Float32Array {
  const all = new Float32Array(sounds[0]!.sound.length);
  for (const { sound, late } of sounds) {
    const delay = Math.round(late * sampleRate);
    const power = sound.reduce((sum, sample) => sum + sample * sample, 0);
    const gain = 1 / Math.sqrt(Math.max(power, 1e-9));
    for (let at = delay; at < all.length; at++) all[at]! += gain * sound[at - delay]!;
  }
  return all;
}
