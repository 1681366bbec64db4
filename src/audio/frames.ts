/** Mono sound at 48 kHz cut into stretches of 20 ms, and such a stretch as the frame that Discord and Opus take. */

/** Samples a second of everything that is played or encoded. */
export const frameRate = 48_000;
/** Samples of one channel in 20 ms. */
export const frameSamples = 960;
/** Bytes of one frame: 20 ms of stereo s16le. */
export const frameBytes = frameSamples * 4;

/** Cuts a stream into stretches of 960 samples, whatever chunks it comes in. */
export class Cutter {
  #rest = new Float32Array(frameSamples);
  #filled = 0;

  /** The stretches that are whole now. */
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

  /** The last stretch, filled up with silence, if anything is left. */
  flush(): Float32Array[] {
    return this.#filled === 0 ? [] : [this.#next()];
  }

  #next(): Float32Array {
    const stretch = this.#rest;
    this.#rest = new Float32Array(frameSamples);
    this.#filled = 0;
    return stretch;
  }
}

/** 20 ms (less is filled up with silence) as 16-bit samples, the same on each channel; clipped to −1 … 1. */
export function toFrame(stretch: Float32Array, channels: 1 | 2 = 2): Uint8Array {
  if (stretch.length > frameSamples) throw new Error(`a frame holds ${frameSamples} samples, not ${stretch.length}`);
  const samples = new Int16Array(frameSamples * channels);
  for (let i = 0; i < stretch.length; i++) samples.fill(toInt16(stretch[i]!), i * channels, (i + 1) * channels);
  return bytesOf(samples);
}

/** −1 … 1 to 16 bits; what lies outside is clipped, what is no number is silence. */
export const toInt16 = (value: number) => Math.max(-32768, Math.min(32767, Math.round(value * 32768))) || 0;

/** The same memory as bytes; every machine that onnxruntime-node runs on is little-endian, as WAV and Opus want it. */
export const bytesOf = (samples: Int16Array) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
