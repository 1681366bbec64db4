/** The page of spectrograms, read back from its file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "fast-png";
import { drawPage } from "../../src/evaluation/picture.ts";

const sampleRate = 22_050;
const tone = (hertz: number): Float32Array =>
  Float32Array.from({ length: sampleRate }, (_, at) => Math.sin((2 * Math.PI * hertz * at) / sampleRate));

test("rows stand one below the other, higher tones are brighter further up", () => {
  const { width, height, data } = decode(
    drawPage(
      [
        { name: "low", sound: tone(200) },
        { name: "high", sound: tone(4000) },
      ],
      sampleRate,
    ),
  );
  const frames = 1 + Math.floor((sampleRate - 2048) / 256);
  assert.equal(width, frames + 8);
  const half = (height - 4) / 2;
  const x = Math.floor(width / 2);
  const brightest = (from: number, to: number): number => {
    let best = from;
    for (let y = from; y < to; y++) if (data[(y * width + x) * 3]! > data[(best * width + x) * 3]!) best = y;
    return best - from;
  };
  // a row's band of 96 pixels ends 4 above the next row
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const place = (hertz: number): number => 97 * ((mel(hertz) - mel(40)) / (mel(sampleRate / 2) - mel(40))) - 1;
  for (const [row, hertz] of [200, 4000].entries()) {
    const bottom = 4 + (row + 1) * half - 4;
    assert.ok(Math.abs(brightest(bottom - 96, bottom) - (95 - place(hertz))) < 2, `${hertz} Hz`);
  }
});

test("each row bears its name, and nothing where there is none", () => {
  const lit = (name: string): number => {
    const { width, data } = decode(drawPage([{ name, sound: tone(300) }], sampleRate));
    const heading = data.subarray(0, 18 * width * 3);
    return heading.filter((value) => value > 120).length / 3;
  };
  assert.equal(lit(""), 0);
  assert.ok(lit("HI") > 20 && lit("HI-9") > lit("HI"));
});

test("words stand below their row from where they are sung, and curves below all rows", () => {
  const sound = tone(300);
  const words = [{ text: "moon", from: 0.5, to: 0.8 }];
  const [plain, worded] = [
    { name: "a", sound },
    { name: "a", sound, words },
  ].map((row) => decode(drawPage([row], sampleRate)));
  assert.equal(worded!.height - plain!.height, 16);
  const { width, data } = worded!;
  const lit = (x: number): boolean =>
    Array.from({ length: 16 }, (_, y) => data[((plain!.height - 4 + y) * width + x) * 3 + 1]!).some(
      (value) => value > 120,
    );
  const at = (seconds: number): number => 4 + Math.round((seconds * sampleRate) / 256);
  assert.deepEqual(
    [0.3, 0.45, 0.52, 0.7].map((seconds) => lit(at(seconds))),
    [false, false, true, true],
  );
  const history = [1, 2, 3].map((step) => ({ step, loss: 1 / step }));
  const curves = decode(drawPage([{ name: "a", sound }], sampleRate, [{ name: "prior 0", history, lines: ["loss"] }]));
  assert.equal(curves.height - plain!.height, 220);
});
