/** Decodes ADPCM blocks of WAV files, 4 bits per sample (Microsoft's "Multimedia Data Standards Update", 1994). */

const clip = (value: number): number => Math.max(-32_768, Math.min(32_767, value));

/** Step sizes of the standard. */
const imaSteps = Uint16Array.from(
  (
    "7 8 9 10 11 12 13 14 16 17 19 21 23 25 28 31 34 37 41 45 50 55 60 66 73 80 88 97 107 118 130 143 157 173 " +
    "190 209 230 253 279 307 337 371 408 449 494 544 598 658 724 796 876 963 1060 1166 1282 1411 1552 1707 1878 " +
    "2066 2272 2499 2749 3024 3327 3660 4026 4428 4871 5358 5894 6484 7132 7845 8630 9493 10442 11487 12635 " +
    "13899 15289 16818 18500 20350 22385 24623 27086 29794 32767"
  ).split(" "),
  Number,
);
const imaMoves = [-1, -1, -1, -1, 2, 4, 6, 8] as const;

/** 4 header bytes per channel, then 8 samples of each channel in turn, low nibble first. */
export function imaBlock(block: Buffer, out: readonly Float32Array[], at: number): void {
  const channels = out.length;
  for (const [channel, samples] of out.entries()) {
    let value = block.readInt16LE(channel * 4);
    let index = Math.min(88, block[channel * 4 + 2]!);
    samples[at] = value / 32_768;
    for (let from = channels * 4 + channel * 4, to = at + 1; from + 4 <= block.length; from += channels * 4)
      for (let half = 0; half < 8; half++) {
        const code = (block[from + (half >> 1)]! >> ((half & 1) * 4)) & 15;
        const step = imaSteps[index]!;
        const change = (step >> 3) + (code & 1 ? step >> 2 : 0) + (code & 2 ? step >> 1 : 0) + (code & 4 ? step : 0);
        value = clip(value + (code & 8 ? -change : change));
        index = Math.max(0, Math.min(88, index + imaMoves[code & 7]!));
        samples[to++] = value / 32_768;
      }
  }
}

const microsoftWeights = [
  [256, 0],
  [512, -256],
  [0, 0],
  [192, 64],
  [240, 0],
  [460, -208],
  [392, -232],
] as const;
const microsoftScales = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230] as const;

interface Predictor {
  readonly weights: readonly [number, number];
  delta: number;
  last: number;
  before: number;
}

/** 7 header bytes per channel, then samples of the channels in turn, high nibble first. */
export function microsoftBlock(block: Buffer, out: readonly Float32Array[], at: number): void {
  const channels = out.length;
  const predictors = out.map((samples, channel): Predictor => {
    const number = (field: number): number => block.readInt16LE(channels + (field * channels + channel) * 2);
    const predictor = {
      weights: microsoftWeights[block[channel]!] ?? microsoftWeights[0],
      delta: number(0),
      last: number(1),
      before: number(2),
    };
    samples[at] = predictor.before / 32_768;
    samples[at + 1] = predictor.last / 32_768;
    return predictor;
  });
  for (let byte = channels * 7, index = 0; byte < block.length; byte++)
    for (const code of [block[byte]! >> 4, block[byte]! & 15]) {
      const channel = index % channels;
      const to = at + 2 + Math.floor(index++ / channels);
      const value = predicted(predictors[channel]!, code);
      if (to < out[channel]!.length) out[channel]![to] = value / 32_768;
    }
}

function predicted(predictor: Predictor, code: number): number {
  const { weights, last, before, delta } = predictor;
  const signed = code >= 8 ? code - 16 : code;
  const value = clip(Math.trunc((last * weights[0] + before * weights[1]) / 256) + signed * delta);
  predictor.before = last;
  predictor.last = value;
  predictor.delta = Math.max(16, Math.trunc((microsoftScales[code]! * delta) / 256));
  return value;
}
