/** Reference implementation of the short-time Fourier transform (spec 2.3), in double precision. */

export interface SlowSpectrum {
  readonly nFft: number;
  readonly hop: number;
  readonly window: number;
}

/** Magnitudes [frames][nFft / 2 + 1]. */
export const slowMagnitudes = (sound: ArrayLike<number>, setting: SlowSpectrum): number[][] =>
  slowSpectrum(sound, setting).map((frame) => frame.map(([re, im]) => Math.hypot(re, im)));

/**
 * Real and imaginary parts: periodic Hann window, zero-padded to nFft on both sides, reflection padding of nFft / 2.
 */
export function slowSpectrum(
  sound: ArrayLike<number>,
  { nFft, hop, window }: SlowSpectrum,
): (readonly [re: number, im: number])[][] {
  const reflected = (at: number): number => {
    const last = sound.length - 1;
    return sound[at < 0 ? -at : at > last ? 2 * last - at : at]!;
  };
  const weight = (at: number): number => {
    const inside = at - Math.floor((nFft - window) / 2);
    return inside < 0 || inside >= window ? 0 : 0.5 - 0.5 * Math.cos((2 * Math.PI * inside) / window);
  };
  return Array.from({ length: 1 + Math.floor(sound.length / hop) }, (_, frame) =>
    Array.from({ length: nFft / 2 + 1 }, (_, bin) => {
      let [re, im] = [0, 0];
      for (let at = 0; at < nFft; at++) {
        const value = weight(at) * reflected(frame * hop + at - nFft / 2);
        re += value * Math.cos((2 * Math.PI * bin * at) / nFft);
        im -= value * Math.sin((2 * Math.PI * bin * at) / nFft);
      }
      return [re, im] as const;
    }),
  );
}
