/** Several songs in one run of the row loop: each is the same to the bit as if it were made alone. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fillable } from "../../src/inference/batch.ts";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import type { RowDraw } from "../../src/inference/draws.ts";
import { fill, type LevelJob } from "../../src/inference/level.ts";
import { openPrior, type Place } from "../../src/inference/prior-sampler.ts";
import { Seats } from "../../src/inference/seats.ts";
import { decoderSize, type PriorSize } from "../../src/model/prior.ts";
import { rowGraph } from "../../src/model/row.ts";
import { priorShapes } from "../../src/model/shapes.ts";
import { type Bits, stored } from "../../src/model/weights.ts";
import { floats, floatsOf, openSession, type Session, type Tensors } from "../../src/onnx/session.ts";
import { initialValues } from "../../src/training/initial.ts";
import { seeded } from "../support/random.ts";

const common = { mAttn: 1, mMlp: 2, width: 64, heads: 2, bins: 300, tied: false, addCondition: true };
const labels = { artists: 4, genres: 3, maxGenres: 1 };
/** As the two kinds of level are of a model that runs live: dense layers among others, and none. */
const sizes: Readonly<Record<string, PriorSize>> = {
  "with dense layers": { ...common, attnOrder: 9, depth: 4, nCtx: 1024, blocks: 16 },
  "without dense layers": { ...common, attnOrder: 2, depth: 6, nCtx: 320, blocks: 40 },
};
/** Heads too wide to be filled up: only songs at the same row are run together. */
const wide: PriorSize = { ...common, heads: 1, width: 300, attnOrder: 9, depth: 4, nCtx: 64, blocks: 4 };

/** One song's window: what it is conditioned on, the rows known before, and how the next row is drawn. */
interface Song {
  readonly given: readonly Tensors[];
  readonly known: readonly Int32Array[];
  readonly draw: RowDraw & { readonly count: number };
}

const samplings = [{ temperature: 1 }, { temperature: 0.7, topK: 9 }, { temperature: 1.2, topP: 0.8 }];

function songOf(size: PriorSize, seed: number, { row, streams }: { row: number; streams: number }): Song {
  const random = seeded(seed);
  const { length, blocks, width } = decoderSize(size);
  const block = length / blocks;
  const noise = (...dims: number[]) =>
    floats(
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random() - 0.5),
      dims,
    );
  const ids = (): Int32Array => Int32Array.from({ length: block }, () => Math.floor(random() * size.bins));
  return {
    given: Array.from({ length: streams }, () => ({ start: noise(1, width), condition: noise(length, width) })),
    known: Array.from({ length: row }, ids),
    draw: {
      uniform: Float32Array.from({ length: block }, () => Math.floor(random() * 2 ** 24) / 2 ** 24),
      forced: ids().map((id) => (random() < 0.2 ? id : -1)),
      count: seed % 3 === 0 ? block - 3 : block,
      ...samplings[seed % samplings.length]!,
    },
  };
}

/** What a run makes of each song: a digest of its codes, and of every key and value that it leaves. */
async function made(seats: Seats, sessions: Sessions, songs: readonly Song[]): Promise<string[]> {
  const places = songs.map(() => seats.open());
  for (const [index, { given, known }] of songs.entries()) {
    const seat = places[index]!;
    seats.begin(seat, given);
    for (const forced of known) {
      const draw = { uniform: new Float32Array(1), temperature: 1, forced, count: seats.block };
      await seats.run(sessions.known, seats.block, [{ seat, draw }]);
    }
  }
  let left: Tensors = {};
  const watched: Session = {
    run: async (feeds) => (left = await sessions.free.run(feeds)),
    close: async () => undefined,
  };
  const asked = songs.map(({ draw }, index) => ({ seat: places[index]!, draw }));
  const results = await seats.run(watched, 1, asked);
  const order = places.toSorted((a, b) => a.index - b.index);
  const found = songs.map(({ given, draw: { count } }, index) => {
    const digest = createHash("sha256").update(results[index]!.ids);
    const first = order.indexOf(places[index]!) * given.length;
    for (const numbers of keysLeft(left, { first, streams: given.length, count })) digest.update(numbers);
    return digest.digest("hex");
  });
  for (const seat of places) seats.leave(seat);
  return found;
}

interface Part {
  readonly first: number;
  readonly streams: number;
  readonly count: number;
}

function keysLeft(left: Tensors, { first, streams, count }: Part): Float32Array[] {
  const names = Object.keys(left).filter((name) => name !== "codes");
  assert.ok(names.length > 0);
  return names.flatMap((name) => {
    const [, positions, width] = left[name]!.dims as [number, number, number];
    const numbers = floatsOf(left, name);
    return Array.from({ length: streams }, (_, stream) => {
      const from = (first + stream) * positions * width;
      return numbers.subarray(from, from + count * width);
    });
  });
}

interface Sessions {
  readonly known: Session;
  readonly free: Session;
}

async function sessionsOf(size: PriorSize, { bits, guided }: { bits: Bits; guided: boolean }): Promise<Sessions> {
  const store = initialValues(priorShapes(size), { seed: 5, scale: 10 });
  const open = (step: 1 | "step"): Promise<Session> =>
    openSession(
      rowGraph((graph) => stored(graph, store, bits), size, { guided, step }),
      { memoryPattern: false },
    );
  return { known: await open("step"), free: await open(1) };
}

for (const [name, size] of Object.entries(sizes))
  for (const [bits, guided] of [
    [8, false],
    [8, true],
    [4, false],
    [32, true],
  ] as const)
    test(`${name}, in ${bits} bits${guided ? ", guided" : ""}: a row beside any others is the same to the bit`, async () => {
      const sessions = await sessionsOf(size, { bits, guided });
      const guidance = guided ? 3 : 1;
      const can = fillable(size);
      const random = seeded(bits);
      const alone: string[] = [];
      const songs: Song[] = [];
      while (songs.length < 8) {
        const row = songs.length === 0 ? 0 : Math.floor(random() * size.blocks);
        if (!can(row)) continue;
        const song = songOf(size, 10 * bits + songs.length, { row, streams: guided ? 2 : 1 });
        songs.push(song);
        alone.push((await made(new Seats(size, guidance), sessions, [song]))[0]!);
      }
      const seats = new Seats(size, guidance);
      for (const count of [2, 3, 5, 8])
        assert.deepEqual(await made(seats, sessions, songs.slice(-count)), alone.slice(-count), `${count} songs`);
      assert.deepEqual((await made(seats, sessions, songs.slice(0, 1)))[0], alone[0], "alone, where others were");
      await Promise.all([sessions.known.close(), sessions.free.close()]);
    });

test("a song whose row can't be filled up is only run with songs that are no further", () => {
  const can = fillable(sizes["without dense layers"]!);
  assert.deepEqual(
    Array.from({ length: 40 }, (_, row) => row).filter((row) => !can(row)),
    [2, 6, 10, 14, 18, 22, 26, 30, 34, 38],
  );
  assert.ok(!fillable(wide)(0));
});

/** Fills a level of one song in this place. */
async function filled(place: Place, size: PriorSize, seed: number): Promise<number[]> {
  const total = Math.floor(size.nCtx * (0.4 + 0.3 * seed));
  const known = new Uint16Array(seed % 3 === 1 ? 20 : 0).fill(seed);
  const job: LevelJob = {
    labels: { artist: seed % 4, genres: [seed % 3], totalSeconds: 1 },
    ...{ seed, sampling: samplings[seed % samplings.length]!, total, prompt: known.length, known },
  };
  const line = new CodeBuffer(total, known);
  const made = (): Promise<void> => new Promise((go) => setImmediate(go));
  await fill(place, { level: 0, hop: 1, hopFraction: 0.5, sampleRate: 1 }, job, line, { stopped: () => false, made });
  return [...line.codes];
}

for (const [name, size, guidance] of [
  ["narrow heads", { ...sizes["without dense layers"]!, nCtx: 96, blocks: 12, labels }, 3],
  ["wide heads", { ...wide, labels }, 1],
] as const)
  test(`with ${name}, songs that begin and end while others are made are what they are alone`, async () => {
    const store = initialValues(priorShapes(size), { seed: 6, scale: 10 });
    const prior = await openPrior(store, size, { bits: 8, guidance });
    const seeds = [1, 2, 3, 4, 5];
    const alone: number[][] = [];
    for (const seed of seeds) alone.push(await filled(prior, size, seed));
    assert.equal(new Set(alone.map((codes) => codes.slice(30, 60).join())).size, seeds.length);
    const later = async (seed: number): Promise<number[]> => {
      for (let turn = 0; turn < 12 * seed; turn++) await new Promise((go) => setImmediate(go));
      const place = prior.beside();
      const codes = await filled(place, size, seed);
      await place.close();
      return codes;
    };
    assert.deepEqual(await Promise.all(seeds.map(later)), alone);
    await prior.close();
  });

test("a song that fails fails alone, and the others go on as if it had not been there", async () => {
  const size = { ...sizes["without dense layers"]!, nCtx: 96, blocks: 12, labels };
  const prior = await openPrior(initialValues(priorShapes(size), { seed: 6, scale: 10 }), size, { bits: 8 });
  const alone = await filled(prior, size, 3);
  const place = prior.beside();
  const bad = async (): Promise<unknown> => {
    const known = new Uint16Array(9).fill(60_000);
    const job = { labels: { artist: 0, genres: [0], totalSeconds: 1 }, seed: 1, sampling: { temperature: 1 } };
    const line = new CodeBuffer(40, known);
    const options = { stopped: () => false, made: async () => undefined };
    const level = { level: 0, hop: 1, hopFraction: 0.5, sampleRate: 1 };
    return fill(place, level, { ...job, total: 40, prompt: 0, known }, line, options);
  };
  const [failed, good] = await Promise.allSettled([bad(), filled(prior, size, 3)]);
  assert.equal(failed.status, "rejected");
  assert.deepEqual(good, { status: "fulfilled", value: alone });
  await place.close();
  await prior.close();
});
