/** Pictures as files: the only door to the PNG library. */
import { encode } from "fast-png";

/** Pixels [height, width, red green blue] as the bytes of a PNG file. */
export const pngOf = (width: number, height: number, pixels: Uint8Array): Uint8Array =>
  encode({ width, height, data: pixels, channels: 3, depth: 8 });
