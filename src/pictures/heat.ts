/** A colour map from black through violet and orange to pale yellow (similar to "inferno"). */
import type { Colour } from "./canvas.ts";

const STOPS: readonly Colour[] = [
  [0, 0, 4],
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
];
const SHADES = 24; // few shades compress well

/** The colour of a value, 0 … 1. */
export function heat(share: number): Colour {
  const shade = Math.round(share * SHADES) / SHADES;
  const place = Math.max(0, Math.min(1, shade)) * (STOPS.length - 1);
  const stop = Math.min(STOPS.length - 2, Math.floor(place));
  const [from, to] = [STOPS[stop]!, STOPS[stop + 1]!];
  const mixed = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (place - stop));
  return [mixed(0), mixed(1), mixed(2)];
}
