/** Several songs at once: each is what it is alone, to the bit, whatever happens to the others. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { UserError } from "../../src/errors.ts";
import type { Composer, CompositionEvent, CompositionOrder } from "../../src/inference/composer.ts";
import type { Engine } from "../../src/inference/engine.ts";
import { openLocalComposer } from "../../src/inference/local-composer.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { readModelConfig } from "../../src/model/folder.ts";
import { writeTinyModel } from "../support/model.ts";
import { labels, request, sing } from "../support/songs.ts";

let folder: string;
let engine: Engine;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "beside-"));
  await writeTinyModel(folder);
  engine = await openEngine(folder);
});

after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const songs = [request(), request({ seed: 8, seconds: 3 }), request({ seed: 9, labels: labels(2, 1, 4) })];

test("songs made at once have the codes and files that they have alone", async () => {
  const alone: { codes: Uint16Array[]; file: Buffer }[] = [];
  const out = (name: string): string => join(folder, `${name}.wav`);
  for (const [index, song] of songs.entries()) {
    const { codes } = await sing(engine, song, { out: out(`alone-${index}`) });
    alone.push({ codes, file: readFileSync(out(`alone-${index}`)) });
  }
  const together = await Promise.all(
    songs.map(async (song, index) => {
      const { codes } = await sing(engine, song, { out: out(`beside-${index}`) });
      return { codes, file: readFileSync(out(`beside-${index}`)) };
    }),
  );
  assert.deepEqual(together, alone);
});

test("songs that are aborted or fail leave those beside them as they are, and give their places back", async () => {
  const { codes: expected } = await sing(engine, songs[0]!);
  const long = request({ seconds: 600, labels: labels(1, 1, 600) });
  const controller = new AbortController();
  const aborted = (async () => {
    for await (const event of engine.generate(long, { signal: controller.signal }))
      if (event.type === "codes" && event.level === 0) controller.abort(new Error("enough"));
  })();
  const unwritable = sing(engine, long, { out: join(folder, "nowhere", "song.ogg") });
  const foreign = sing(engine, request({ prompt: engine.model.hops.map(() => Uint16Array.of(65_535)) }));
  const results = await Promise.allSettled([sing(engine, songs[0]!), aborted, unwritable, foreign]);
  const [whole, ...failed] = results;
  assert.ok(whole.status === "fulfilled");
  assert.deepEqual(whole.value.codes, expected);
  const reasons = failed.map((result) => (result.status === "rejected" ? result.reason : undefined));
  assert.match(String(reasons[0]), /enough/);
  assert.ok(reasons[1] instanceof UserError && reasons[2] instanceof UserError);
  const again = await Promise.all(songs.map((song) => sing(engine, song)));
  assert.deepEqual(again[0]!.codes, expected);
});

const orderOf = (changes: Partial<CompositionOrder> = {}): CompositionOrder => {
  const totals = engine.codesIn(4);
  const { sampling, seed, labels } = request();
  const known = totals.map(() => new Uint16Array(0));
  return { labels, seed, sampling, totals, known, prompt: totals.map(() => 0), finest: 0, ...changes };
};

async function composed(composer: Composer, order: CompositionOrder): Promise<CompositionEvent[]> {
  const events: CompositionEvent[] = [];
  await new Promise<void>((done) => {
    composer.compose(structuredClone(order), (event) => {
      events.push(structuredClone(event));
      if (event.type === "end" || event.type === "failed") done();
    });
  });
  return events;
}

const codesOf = (events: readonly CompositionEvent[], level: number): number[] =>
  events.flatMap((event) => (event.type === "codes" && event.level === level ? [...event.codes] : []));

/** What every composer must do, wherever it runs. */
function composerContract(name: string, open: () => Promise<Composer>): void {
  test(`${name}: plain data in and out, all codes in order, resumed to the bit, stopped and refused with one last event`, async () => {
    const composer = await open();
    try {
      const order = orderOf();
      const [first, beside] = await Promise.all([composed(composer, order), composed(composer, order)]);
      const whole = order.totals.map((_, level) => codesOf(first, level));
      assert.deepEqual(
        whole.map(({ length }) => length),
        order.totals,
      );
      assert.deepEqual(
        order.totals.map((_, level) => codesOf(beside, level)),
        whole,
      );
      assert.equal(first.at(-1)?.type, "end");
      const known = whole.map((codes, level) => Uint16Array.from(codes.slice(0, 20 * (3 - level))));
      const rest = await composed(composer, orderOf({ known }));
      for (const [level, codes] of whole.entries())
        assert.deepEqual(codesOf(rest, level), codes.slice(known[level]!.length));

      const foreign = await composed(composer, orderOf({ known: order.totals.map(() => Uint16Array.of(65_535)) }));
      assert.deepEqual(
        foreign.map(({ type }) => type),
        ["failed"],
      );

      const events: CompositionEvent[] = [];
      await new Promise<void>((done) => {
        const composition = composer.compose(order, (event) => {
          events.push(event);
          if (event.type === "codes") composition.stop();
          if (event.type === "end") done();
        });
      });
      assert.ok(codesOf(events, 0).length < order.totals[0]!);
      assert.equal(events.filter(({ type }) => type === "end").length, 1);
    } finally {
      await composer.close();
    }
  });
}

composerContract("the composer of this process", async () =>
  openLocalComposer({ folder, device: "cpu", bits: 8 }, await readModelConfig(folder), 2),
);
