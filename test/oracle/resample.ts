/** Reference implementation of resampling: each output as a sum over inputs, in double precision. */

/** y(n) = Σ x(i) · h(n · from / to − i), h a sinc under a Kaiser window of 48 zero crossings and shape 10.5. */
export function resampleSlowly(sound: ArrayLike<number>, from: number, to: number): Float64Array {
  const lower = Math.min(1, to / from);
  const reach = 2 * Math.ceil(48 / lower / 2);
  const weight = (distance: number) => {
    if (Math.abs(distance) > reach) return 0;
    const x = Math.PI * lower * 0.93 * distance;
    return (x === 0 ? 1 : Math.sin(x) / x) * bessel(10.5 * Math.sqrt(1 - (distance / reach) ** 2));
  };
  return Float64Array.from({ length: Math.round((sound.length * to) / from) }, (_, n) => {
    const at = (n * from) / to;
    let [sum, weights] = [0, 0];
    for (let i = Math.floor(at) - reach + 1; i <= Math.floor(at) + reach; i++) {
      weights += weight(at - i);
      sum += weight(at - i) * (sound[i] ?? 0);
    }
    return sum / weights;
  });
}

/** Modified Bessel function I₀(x), as the mean of e^(x cos φ) over a circle. */
function bessel(x: number): number {
  let sum = 0;
  for (let step = 0; step < 64; step++) sum += Math.exp(x * Math.cos((2 * Math.PI * step) / 64));
  return sum / 64;
}
