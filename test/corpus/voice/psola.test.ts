/** PSOLA: pitch, spectrum and timing of moved phones; and Flite. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { speak } from "../../../src/corpus/voice/flite.ts";
import { retime } from "../../../src/corpus/voice/psola.ts";
import { centsBetween, pitchAt } from "../../oracle/pitch.ts";

const sampleRate = 22_050;
const pitchRange = { sampleRate, lowest: 70, highest: 600 };

/** A vowel with formants at 700 and 1200 Hz from 0.1 to 0.4 s, between silences. */
function artificialVowel(hertz: number): Float32Array {
  const sound = new Float32Array(0.5 * sampleRate);
  for (let pulse = 0.1; pulse < 0.4; pulse += 1 / hertz) {
    for (let at = Math.ceil(pulse * sampleRate); at < Math.min(sound.length, (pulse + 0.03) * sampleRate); at++) {
      const t = at / sampleRate - pulse;
      sound[at]! += Math.exp(-300 * t) * (Math.sin(2 * Math.PI * 700 * t) + 0.5 * Math.sin(2 * Math.PI * 1200 * t));
    }
  }
  return sound;
}

const phones = (...ends: number[]) =>
  ["pau", "aa", "pau"].map((phone, index) => ({ phone, from: ends[index - 1] ?? 0, to: ends[index]! }));

test("the pitch of the result is within three cents of the target", () => {
  const recording = { sound: artificialVowel(150), sampleRate, hertz: 150, phones: phones(0.1, 0.4, 0.5) };
  for (const wanted of [90, 131, 150, 200, 262, 392]) {
    const sung = retime(recording, { phones: phones(0.2, 1.2, 1.4), hertzAt: () => wanted });
    assert.equal(sung.length, 30_870);
    const cents = [0.4, 0.6, 0.8, 1].map((at) => centsBetween(pitchAt(sung, at, pitchRange).hertz, wanted));
    assert.ok(Math.max(...cents.map(Math.abs)) < 3, `${wanted} Hz is off by ${cents} cents`);
  }
});

test("formants stay in place when the pitch changes", () => {
  const powerAt = (sound: Float32Array, hertz: number) => {
    let [re, im] = [0, 0];
    for (let at = Math.round(0.5 * sampleRate); at < sampleRate; at++) {
      re += sound[at]! * Math.cos((2 * Math.PI * hertz * at) / sampleRate);
      im += sound[at]! * Math.sin((2 * Math.PI * hertz * at) / sampleRate);
    }
    return re * re + im * im;
  };
  const recording = { sound: artificialVowel(150), sampleRate, hertz: 150, phones: phones(0.1, 0.4, 0.5) };
  for (const pitch of [100, 175, 233]) {
    const sung = retime(recording, { phones: phones(0.2, 1.2, 1.4), hertzAt: () => pitch });
    const nearest = (hertz: number) => powerAt(sung, pitch * Math.round(hertz / pitch));
    assert.ok(nearest(700) > 6 * nearest(950), `at ${pitch} Hz there is a formant at 700 Hz`);
    assert.ok(nearest(1200) > 3 * nearest(950), `at ${pitch} Hz there is a formant at 1200 Hz`);
  }
});

test("silence has no sound, and phones that differ from the recording's are refused", () => {
  const recording = { sound: artificialVowel(150), sampleRate, hertz: 150, phones: phones(0.1, 0.4, 0.5) };
  const sung = retime(recording, { phones: phones(0.5, 1, 1.5), hertzAt: () => 150 });
  assert.ok(sung.subarray(0, 0.48 * sampleRate).every((sample) => sample === 0));
  assert.ok(sung.subarray(1.02 * sampleRate).every((sample) => sample === 0));
  const other = phones(0.5, 1, 1.5).map((one) => ({ ...one, phone: one.phone.replace("aa", "iy") }));
  assert.throws(() => retime(recording, { phones: other, hertzAt: () => 150 }), /can't be made/);
});

test("Flite speaks the given phones at the given pitch (rms at its own), reproducibly", () => {
  const phones = ["pau", "m", "ao", "r", "n", "ih", "ng", "pau"];
  for (const [speaker, hertz] of [
    ["slt", 160],
    ["rms", 113],
    ["awb", 160],
  ] as const) {
    const speech = speak(phones, { speaker, hertz: 160 });
    assert.deepEqual(
      speech.phones.map(({ phone }) => phone),
      phones,
    );
    const length = speech.sound.length / speech.sampleRate;
    assert.ok(Math.abs(speech.phones.at(-1)!.to - length) < 0.02);
    const [from, to] = [speech.phones[1]!.to, speech.phones[2]!.to];
    const measured = pitchAt(speech.sound, (from + to) / 2, { ...pitchRange, sampleRate: speech.sampleRate });
    assert.ok(Math.abs(measured.hertz / hertz - 1) < 0.03, `${speaker}: ${measured.hertz} Hz`);
    assert.deepEqual(speak(phones, { speaker, hertz: 160 }), speech);
  }
});
