/** Waveform picture of a song: its peaks over time as bars on a dark background. */
import { pngOf } from "./png.ts";

type Colour = readonly [red: number, green: number, blue: number];

const ground: Colour = [30, 31, 34];
/** Colour gradient from the first bar to the last. */
const [start, end]: readonly [Colour, Colour] = [
  [114, 137, 255],
  [255, 115, 170],
];
const pitch = 5; // pixels from bar to bar
const barWidth = 3;
const margin = 8;
const leastHeight = 2;
/** Peak that a full-height bar has at least: louder songs are scaled to their loudest peak, quieter ones to this. */
const leastScale = 0.1;

/** The bytes of a PNG file; `peaks` are 0 … 1, at equal distances over the song. Width and height in pixels. */
export function drawWaveform(peaks: readonly number[], { width = 640, height = 120 } = {}): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at += 3) data.set(ground, at);
  const bars = Math.max(1, Math.floor((width - 2 * margin + pitch - barWidth) / pitch));
  const left = Math.floor((width - (bars * pitch - pitch + barWidth)) / 2);
  for (const [bar, part] of barHeights(peaks, bars).entries()) {
    const tall = Math.max(leastHeight, part * (height - 2 * margin));
    const colour = blend(start, end, bars === 1 ? 0 : bar / (bars - 1));
    for (let y = 0; y < height; y++) {
      const pixel = blend(ground, colour, covered(y, (height - tall) / 2, (height + tall) / 2));
      for (let x = 0; x < barWidth; x++) data.set(pixel, (y * width + left + bar * pitch + x) * 3);
    }
  }
  return pngOf(width, height, data);
}

/** The largest peak in each bar's part of the song, relative to the largest of all. */
function barHeights(peaks: readonly number[], bars: number): number[] {
  const loudest = peaks.reduce((most, peak) => Math.max(most, peak), leastScale);
  return Array.from({ length: bars }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars));
    return Math.max(0, ...peaks.slice(from, to)) / loudest;
  });
}

/** Share of a pixel row between top and bottom, for antialiased ends. */
const covered = (y: number, top: number, bottom: number) =>
  Math.max(0, Math.min(1, Math.min(y + 1, bottom) - Math.max(y, top)));

const blend = (from: Colour, to: Colour, part: number): Colour => [
  Math.round(from[0] + (to[0] - from[0]) * part),
  Math.round(from[1] + (to[1] - from[1]) * part),
  Math.round(from[2] + (to[2] - from[2]) * part),
];
