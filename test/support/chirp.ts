/** The sound that the audio fixtures hold: no two stretches of it are alike, so a shift by one sample shows. */

/** One channel (0 left, 1 right), −0.6 … 0.6. */
export function chirp(sampleRate: number, samples: number, channel: number): Float64Array {
  const [from, to] = channel === 0 ? [180, 2600] : [1900, 300]; // Hz at the start and after a second
  return Float64Array.from({ length: samples }, (_, at) => {
    const seconds = at / sampleRate;
    const loud = 0.5 + 0.1 * Math.sin(2 * Math.PI * 7 * seconds + channel);
    return loud * Math.sin(2 * Math.PI * (from + ((to - from) / 2) * seconds) * seconds);
  });
}
