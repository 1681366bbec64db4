/** Numbers as colours: from black over violet and orange to a pale yellow. */
import type { Colour } from "./canvas.ts";

const STOPS: readonly Colour[] = [
  [0, 0, 4],
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
];
const SHADES = 24; // few of them make a small file

/** The colour of a share, 0 … 1. */
export function heat(share: number): Colour {
  const shade = Math.round(share * SHADES) / SHADES;
  const place = Math.max(0, Math.min(1, shade)) * (STOPS.length - 1);
  const stop = Math.min(STOPS.length - 2, Math.floor(place));
  const [from, to] = [STOPS[stop]!, STOPS[stop + 1]!];
  const mixed = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (place - stop));
  return [mixed(0), mixed(1), mixed(2)];
}
