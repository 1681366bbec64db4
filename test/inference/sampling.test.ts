/** Every way of sampling, with a tiny random model: each level in its own way, upsampling alone, and candidates. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openWav } from "../../src/audio/wav.ts";
import { UserError } from "../../src/errors.ts";
import type { Engine, GenerateOptions, SongEvent, SongRequest } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { tinyConfig, writeTinyModel } from "../support/model.ts";
import { codesOf, labels, request, sing as singing, wholeSound } from "../support/songs.ts";

let folder: string;
let engine: Engine;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sampling-"));
  await writeTinyModel(folder);
  engine = await openEngine(folder);
});

after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const sing = (song: SongRequest, options?: GenerateOptions) => singing(engine, song, options);

const short = (changes: Partial<SongRequest> = {}): SongRequest =>
  request({ seconds: 2, labels: labels(1, 1, 2), ...changes });

/** Settings that each level reads in its own way. */
const daring: SongRequest["sampling"] = [
  { temperature: 1.2, topP: 0.7, hopFraction: 0.3 },
  { temperature: 0.9, topK: 5, hopFraction: 0.75 },
  { temperature: 1, topP: 0.9, hopFraction: 0.125 },
];

test("each setting of each level makes another song, of that level and those below it", async () => {
  const { codes } = await sing(short());
  for (const [level, settings] of daring.entries())
    for (const [name, value] of Object.entries(settings)) {
      if (name === "temperature" && value === 1) continue;
      const sampling = short().sampling.map((usual, at) => (at === level ? { ...usual, [name]: value } : usual));
      const { codes: others } = await sing(short({ sampling }));
      for (const at of [0, 1, 2])
        if (at > level) assert.deepEqual(others[at], codes[at], `${name} of level ${level}: level ${at}`);
        else assert.notDeepEqual(others[at], codes[at], `${name} of level ${level}: level ${at}`);
    }
});

test("with top-k 1 the seed decides nothing", async () => {
  const sampling = short().sampling.map((usual) => ({ ...usual, topK: 1 }));
  assert.deepEqual((await sing(short({ sampling, seed: 1 }))).codes, (await sing(short({ sampling, seed: 2 }))).codes);
});

test("a song with settings of its own is the same to the bit when taken up again, and when it goes on from a prompt", async () => {
  const { codes: prompt } = await sing(short({ sampling: daring }));
  const longer = short({
    ...{ sampling: daring, prompt, seconds: 3, labels: labels(1, 1, 3), seed: 9 },
  });
  const { codes: fresh } = await sing(longer);
  const whole = prompt.map((level, index) => Uint16Array.from([...level, ...fresh[index]!]));
  for (const share of [0.05, 0.6]) {
    const cut = (level: number) => prompt[level]!.length + Math.floor(fresh[level]!.length * share ** (3 - level));
    const known = whole.map((codes, level) => codes.slice(0, cut(level)));
    const { codes: rest } = await sing(longer, { known });
    assert.deepEqual(
      rest.map((codes, level) => Uint16Array.from([...known[level]!, ...codes])),
      whole,
      `from ${share}`,
    );
    const start = prompt.map((codes) => codes.slice(0, Math.floor(codes.length * share ** 2)));
    const { codes: again } = await sing(short({ sampling: daring }), { known: start });
    assert.deepEqual(
      again.map((codes, level) => Uint16Array.from([...start[level]!, ...codes])),
      prompt,
    );
  }
});

const none = new Uint16Array(0);

test("upsampled from its own coarsest codes, a song is itself to the bit", async () => {
  for (const sampling of [short().sampling, daring]) {
    const { codes } = await sing(short({ sampling }));
    const { codes: fresh } = await sing(short({ sampling, prompt: [none, none, codes[2]!] }));
    assert.deepEqual(fresh, [codes[0], codes[1], none]);
    const { codes: finest } = await sing(short({ sampling, prompt: [none, codes[1]!, codes[2]!] }));
    assert.deepEqual(finest, [codes[0], none, none]);
  }
});

test("upsampled with another seed, the coarsest codes stay and the others change", async () => {
  const { codes } = await sing(short());
  const other = await sing(short({ seed: 8, prompt: [none, none, codes[2]!] }));
  assert.deepEqual(other.codes[2], none);
  for (const level of [0, 1]) assert.notDeepEqual(other.codes[level], codes[level]);
});

test("an upsampled song can be taken up again", async () => {
  const { codes } = await sing(short());
  const known = [codes[0]!.slice(0, 333), codes[1]!.slice(0, 200), codes[2]!];
  const { codes: fresh } = await sing(short({ prompt: [none, none, codes[2]!] }), { known });
  assert.deepEqual(fresh, [codes[0]!.slice(333), codes[1]!.slice(200), none]);
});

test("a candidate is the coarsest level alone: the song's own codes, and their sound in file and air", async () => {
  const out = join(folder, "candidate.wav");
  const { codes } = await sing(short());
  const generation = engine.generate(short(), { finest: 2, out, live: "pcm" });
  generation.listen(Number.POSITIVE_INFINITY);
  const events: SongEvent[] = [];
  for await (const event of generation) events.push(event);
  assert.deepEqual(codesOf(events), [none, none, codes[2]]);
  const live = events.filter((event) => event.type === "live");
  assert.ok(live.length > 0 && live.every(({ level }) => level === 2));
  const expected = await wholeSound(folder, codes, 2);
  const wav = openWav(out);
  assert.equal(wav.samples, expected.length);
  const heard = wav.read(0, wav.samples);
  for (const [i, value] of expected.entries()) {
    const clipped = Math.max(-1, Math.min(32767 / 32768, value));
    assert.ok(Math.abs(heard[i]! - clipped) <= 1e-4 + 0.5 / 32768, `sample ${i}`);
  }
  rmSync(out);
});

test("a candidate stops when it is told to, and the engine goes on", async () => {
  const controller = new AbortController();
  const long = request({ seconds: 600, labels: labels(1, 1, 600) });
  const song = engine.generate(long, { finest: 2, signal: controller.signal });
  await assert.rejects(async () => {
    for await (const _ of song) controller.abort(new Error("enough"));
  }, /enough/);
  assert.equal((await sing(short())).events.at(-1)?.type, "done");
});

test("codes that the model doesn't have are refused in words", async () => {
  const { lBins } = tinyConfig.vqvae;
  for (const prompt of [
    [none, none, Uint16Array.of(lBins[2]!)],
    [none, none, none, Uint16Array.of(0)],
  ])
    await assert.rejects(
      sing(short({ prompt })),
      (error) => error instanceof UserError && /These codes are another model's/.test(error.message),
    );
  assert.equal((await sing(short())).events.at(-1)?.type, "done");
});
