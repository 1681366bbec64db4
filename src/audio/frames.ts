/** Frames of 20 ms at 48 kHz, as Discord and Opus take them. */

/** Sample rate of everything that is played or encoded, in Hz. */
export const frameRate = 48_000;
/** Samples of one channel in 20 ms. */
export const frameSamples = 960;
/** Bytes of one frame: 20 ms of stereo s16le. */
export const frameBytes = frameSamples * 4;

/** Cuts a mono stream, in chunks of any size, into pieces of 960 samples. */
export class FrameCutter {
  #rest = new Float32Array(frameSamples);
  #filled = 0;

  /** The pieces that are complete now. */
  push(chunk: Float32Array): Float32Array[] {
    const whole: Float32Array[] = [];
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + frameSamples - this.#filled);
      this.#rest.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === frameSamples) whole.push(this.#next());
    }
    return whole;
  }

  /** The last piece, padded with silence, if anything is left. */
  flush(): Float32Array[] {
    return this.#filled === 0 ? [] : [this.#next()];
  }

  #next(): Float32Array {
    const piece = this.#rest;
    this.#rest = new Float32Array(frameSamples);
    this.#filled = 0;
    return piece;
  }
}

/** Up to 20 ms of mono (padded with silence) as 16-bit samples, the same on each channel; clipped to −1 … 1. */
export function toFrame(mono: Float32Array, channels: 1 | 2 = 2): Uint8Array {
  if (mono.length > frameSamples) throw new Error(`a frame holds ${frameSamples} samples, not ${mono.length}`);
  const samples = new Int16Array(frameSamples * channels);
  for (let i = 0; i < mono.length; i++) samples.fill(toInt16(mono[i]!), i * channels, (i + 1) * channels);
  return bytesOf(samples);
}

/** −1 … 1 to 16 bits: clips, and turns NaN into silence. */
export const toInt16 = (value: number) => Math.max(-32768, Math.min(32767, Math.round(value * 32768))) || 0;

/** A view as bytes; all platforms of onnxruntime-node are little-endian, as WAV and Opus expect. */
export const bytesOf = (samples: Int16Array) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
