/** Songs of a prior that attends to known places, through the row loop and the engine: what is told, and what is written. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { decode } from "fast-png";
import { UserError } from "../../src/errors.ts";
import { alignmentPaths } from "../../src/inference/alignment-files.ts";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import type { Engine, GenerateOptions, SongEvent, SongRequest } from "../../src/inference/engine.ts";
import { fill } from "../../src/inference/level.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { openPrior } from "../../src/inference/prior-sampler.ts";
import { type Alignment, align } from "../../src/lyrics/alignment.ts";
import { Attended } from "../../src/lyrics/attended.ts";
import { toIds } from "../../src/lyrics/characters.ts";
import { writeModelFolder } from "../../src/model/folder.ts";
import {
  attentiveConfig,
  attentivePrior,
  attentiveSizes,
  attentiveStore,
  binSeconds,
  planOf,
  text,
} from "../support/attentive.ts";
import { temporaryFolder } from "../support/folder.ts";

const seconds = 15;
const codeSeconds = 128 / 8000;
const lyrics = toIds(text, "v3");

/** Every word is there, and starts when the plan says. */
function checkTimes(t: TestContext, { lines }: Alignment): void {
  assert.equal(lines.map((line) => line.text).join("\n"), text);
  const starts = planOf(text).map((bin) => bin * binSeconds);
  const places = [...text.matchAll(/\S+/g)].map(({ index }) => index);
  const errors = lines
    .flatMap(({ words }) => words)
    .flatMap((word, at) => word.starts.map((start, i) => start - starts[places[at]! + i]!));
  const mean = errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
  t.diagnostic(
    `mean error ${(1000 * mean).toFixed(0)} ms, at most ${(1000 * Math.max(...errors.map(Math.abs))).toFixed(0)} ms`,
  );
  assert.ok(mean < 0.05, `${mean} s`);
  assert.ok(Math.max(...errors.map(Math.abs)) < 2 * binSeconds + 0.05);
}

for (const kind of ["separate", "merged"] as const)
  test(`a prior of the ${kind} kind that attends to known places is aligned to them`, async (t) => {
    const total = Math.floor(seconds / codeSeconds);
    const prior = await openPrior(attentivePrior(kind), attentiveSizes[kind]);
    const attended = new Attended({ characters: text.length, codes: total, codeSeconds });
    const labels = { artist: 1, genres: [1], totalSeconds: seconds, lyrics };
    const job = { labels, seed: 1, sampling: { temperature: 1 }, total, prompt: 0, known: new Uint16Array(0) };
    await fill(prior, { level: 1, hop: 128, hopFraction: 0.5, sampleRate: 8000 }, job, new CodeBuffer(total), {
      stopped: () => false,
      made: async () => undefined,
      attended: (rows) => attended.add(rows),
    });
    await prior.close();
    checkTimes(t, align(text, attended));
  });

let folder: string;
let engine: Engine;

before(async (t) => {
  folder = temporaryFolder(t as TestContext);
  const model = join(folder, "attentive");
  await writeModelFolder(model, attentiveConfig("separate"), attentiveStore("separate"));
  engine = await openEngine(model);
});

after(() => engine.close());

const request = (changes: Partial<SongRequest> = {}): SongRequest => ({
  labels: { levels: [0, 1].map(() => ({ artist: 1, genres: [1] })), totalSeconds: seconds, lyrics },
  seconds,
  seed: 7,
  sampling: [{ temperature: 1 }, { temperature: 1 }],
  ...changes,
});

async function sing(song: SongRequest, options: GenerateOptions = {}): Promise<SongEvent[]> {
  const events: SongEvent[] = [];
  for await (const event of engine.generate(song, options)) events.push(event);
  return events;
}

const alignments = (events: readonly SongEvent[]) => events.filter((event) => event.type === "alignment");
const codesOf = (events: readonly SongEvent[]): Uint16Array[] =>
  [0, 1].map((level) =>
    Uint16Array.from(
      events.flatMap((event) => (event.type === "codes" && event.level === level ? [...event.codes] : [])),
    ),
  );

test("a song tells when its lyrics are sung while it is made, and has files of it beside it", async (t) => {
  const out = join(folder, "song.ogg");
  const events = await sing(request(), { out, tags: { TITLE: "jazz, 15 s", ARTIST: "The Copper Owls" } });
  const told = alignments(events);
  assert.ok(told.length > 4, `${told.length} alignments`);
  assert.equal(events.at(-1)!.type, "done");
  for (const [at, { untilSeconds, alignment }] of told.entries()) {
    assert.ok(untilSeconds > (told[at - 1]?.untilSeconds ?? 0));
    const last = alignment.lines.at(-1);
    assert.ok(last === undefined || last.to <= untilSeconds + 0.05);
  }
  const { alignment } = told.at(-1)!;
  checkTimes(t, alignment);
  const paths = alignmentPaths(out);
  assert.deepEqual(paths, {
    lrc: join(folder, "song.lrc"),
    words: join(folder, "song.words.lrc"),
    vtt: join(folder, "song.vtt"),
    picture: join(folder, "song.png"),
  });
  const lrc = readFileSync(paths.lrc, "utf8");
  assert.match(lrc, /^\[ti:jazz, 15 s\]\n\[ar:The Copper Owls\]\n\[length:00:15\]\n/);
  const [first] = alignment.lines;
  assert.ok(lrc.includes(`\n[00:00.${Math.round(100 * first!.from)}]`), lrc);
  assert.match(readFileSync(paths.vtt, "utf8"), /^WEBVTT\n\n00:00:00\.7\d\d --> .*\nThe </);
  const { width, height } = decode(readFileSync(paths.picture));
  assert.deepEqual([width, height], [1200, 720]);
});

/** What was known is read a row at once, which rounds otherwise than code by code: that shows in the confidence alone. */
const withoutDoubt = ({ lines }: Alignment) =>
  lines.map((line) => ({
    ...line,
    words: line.words.map(({ confidence, ...word }) => ({ ...word, sure: confidence.toFixed(3) })),
  }));

test("a song taken up again, from any of its codes, has the same words at the same times", async () => {
  const events = await sing(request());
  const whole = alignments(events).at(-1)!.alignment;
  const codes = codesOf(events);
  for (const share of [0.05, 0.4, 1]) {
    const known = codes.map((level, index) => level.slice(0, Math.floor(level.length * share ** (2 - index))));
    const again = await sing(request(), { known });
    assert.deepEqual(
      codesOf(again),
      codes.map((level, index) => level.slice(known[index]!.length)),
    );
    const { alignment } = alignments(again).at(-1)!;
    assert.deepEqual(withoutDoubt(alignment), withoutDoubt(whole), `from ${share}`);
  }
});

test("a continued song is aligned from its beginning, and so is one whose coarsest level is given", async (t) => {
  const codes = codesOf(await sing(request({ seconds: 6 })));
  checkTimes(t, alignments(await sing(request({ prompt: codes }))).at(-1)!.alignment);
  const top = codesOf(await sing(request()))[1]!;
  checkTimes(t, alignments(await sing(request({ prompt: [new Uint16Array(0), top] }))).at(-1)!.alignment);
});

test("without lyrics, or if it isn't wanted, nothing is told and nothing written", async () => {
  const out = join(folder, "plain.wav");
  const { labels } = request();
  const { lyrics: _, ...silent } = labels;
  for (const [song, options] of [
    [request({ seconds: 2, labels: silent }), {}],
    [request({ seconds: 2 }), { aligned: false }],
  ] as const) {
    const events = await sing(song, { out, ...options });
    assert.deepEqual(alignments(events), []);
    assert.equal(events.at(-1)!.type, "done");
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("plain")),
      ["plain.wav"],
    );
  }
});

test("a song in which nothing is sung has a picture only", async () => {
  const out = join(folder, "hum.ogg");
  const events = await sing(
    request({ seconds: 2, labels: { ...request().labels, lyrics: toIds("wwwwwwwwwwwwwwwwwww", "v3") } }),
    { out },
  );
  assert.deepEqual(alignments(events).at(-1)!.alignment.lines, []);
  const beside = readdirSync(folder)
    .filter((name) => name.startsWith("hum"))
    .sort();
  assert.deepEqual(beside, ["hum.ogg", "hum.png"]);
});

test("an aborted song leaves no file, and one whose files can't be written fails in words and leaves none", async () => {
  const controller = new AbortController();
  const out = join(folder, "aborted.ogg");
  await assert.rejects(async () => {
    for await (const event of engine.generate(request(), { out, signal: controller.signal }))
      if (event.type === "alignment") controller.abort(new Error("enough"));
  }, /enough/);
  mkdirSync(join(folder, "blocked.lrc"));
  const blocked = join(folder, "blocked.ogg");
  await assert.rejects(
    sing(request({ seconds: 3 }), { out: blocked }),
    (error) => error instanceof UserError && /blocked\.lrc/.test(error.message),
  );
  const left = readdirSync(folder).filter((name) => /^(aborted|blocked)/.test(name));
  assert.deepEqual(left, ["blocked.lrc"]);
  assert.ok(!existsSync(blocked));
});
