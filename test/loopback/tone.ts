/** Finding a known tone in sound: Goertzel's filter, a single bin of a Fourier transform. */

/** Amplitude of one frequency, 0 … 1 of full scale, in interleaved stereo at 48 kHz (the left side is heard). */
export function toneLevel(pcm: Int16Array, hz: number, { sampleRate = 48_000 } = {}): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
  const samples = pcm.length >> 1;
  let [before, last] = [0, 0];
  for (let at = 0; at < samples; at++) {
    const next = (pcm[2 * at] ?? 0) / 32_768 + turn * last - before;
    before = last;
    last = next;
  }
  const power = last * last + before * before - turn * last * before;
  return samples === 0 ? 0 : (2 * Math.sqrt(Math.max(0, power))) / samples;
}

/** The loudest of these frequencies. */
export const loudestTone = (pcm: Int16Array, among: readonly number[]): number | undefined =>
  [...among].sort((a, b) => toneLevel(pcm, b) - toneLevel(pcm, a))[0];

/** A tone as s16le, interleaved stereo at 48 kHz. */
export function tone(hz: number, seconds: number, level = 0.3): Int16Array {
  const samples = Math.round(48_000 * seconds);
  const pcm = new Int16Array(2 * samples);
  for (let at = 0; at < samples; at++) {
    const value = Math.round(32_767 * level * Math.sin((2 * Math.PI * hz * at) / 48_000));
    pcm[2 * at] = value;
    pcm[2 * at + 1] = value;
  }
  return pcm;
}

/** Root mean square of a stretch, 0 … 1 of full scale. */
export function loudness(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += (sample / 32_768) ** 2;
  return pcm.length === 0 ? 0 : Math.sqrt(sum / pcm.length);
}
