/** What a prior is fed, against songs whose every code says where it stands. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CodedSong } from "../../src/dataset/coded-corpus.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import type { Tensors } from "../../src/onnx/session.ts";
import { createRandom } from "../../src/random.ts";
import { asItIs, batchOf, drawWindow, type Place, windowAt } from "../../src/training/windows.ts";

const RATE = 1000;
const HOPS = [4, 8, 32];
const common = { width: 8, depth: 1, heads: 1, attnOrder: 2, blocks: 4, mAttn: 1, mMlp: 1, tied: false };
const labels = { artists: 4, genres: 3, maxGenres: 1 };
const conditioner = { bins: 5000, width: 8, depth: 1, dilationGrowth: 3, dilationCycle: 1, resScale: true };

const timing = { bins: 16, minSeconds: 1, maxSeconds: 40 };
const top: PriorSize = { ...common, nCtx: 32, bins: 5000, labels, timing, addCondition: false };
const middle: PriorSize = {
  ...common,
  nCtx: 32,
  bins: 5000,
  labels,
  upper: { ...conditioner, strides: [4] },
  addCondition: true,
};
const at = (level: number): Place => ({ level, hop: HOPS[level]!, sampleRate: RATE });

/** Code i of level l is 1000·l + i. */
function song(artist: number, seconds: number): CodedSong {
  const samples = Math.floor((seconds * RATE) / 32) * 32;
  const codes = HOPS.map((hop, level) => Uint16Array.from({ length: samples / hop }, (_, i) => 1000 * level + i));
  return { artist, genre: 1 + (artist % 2), samples, codes };
}
const songs = [song(1, 6), song(2, 8), song(3, 9)];

test("a window is a run of one song's codes, with the codes above it and its labels, and ends of songs are seen", () => {
  const random = createRandom(1);
  const starts = new Map<number, Set<number>>();
  for (let turn = 0; turn < 2000; turn++) {
    const window = drawWindow(songs, middle, at(1), asItIs, random);
    const start = window.codes[0]! - 1000;
    const from = songs.find(({ artist }) => artist === window.artist)!;
    assert.equal(start % 4, 0);
    assert.deepEqual(window.heard, window.codes);
    assert.deepEqual(
      [...window.codes],
      Array.from({ length: 32 }, (_, i) => 1000 + start + i),
    );
    assert.deepEqual(
      [...window.upper!],
      Array.from({ length: 8 }, (_, i) => 2000 + start / 4 + i),
    );
    assert.ok(start + 32 <= from.codes[1]!.length);
    assert.equal(window.genre, from.genre);
    assert.equal(window.timing, undefined);
    starts.set(window.artist, (starts.get(window.artist) ?? new Set()).add(start));
  }
  for (const { artist, codes } of songs) {
    const seen = starts.get(artist)!;
    const last = Math.floor((codes[1]!.length - 32) / 4) * 4;
    assert.ok(seen.has(0) && seen.has(last), `song ${artist}`);
    assert.ok(seen.size > 0.9 * (last / 4 + 1), `${seen.size} starts of ${last / 4 + 1}`);
  }
});

test("timing bins are those of the place in the real song", () => {
  for (const one of songs) {
    for (const start of [0, 7, one.codes[2]!.length - 32]) {
      const { timing: found } = windowAt(one, start, top, at(2), asItIs, createRandom(2));
      const seconds = one.samples / RATE;
      assert.equal(found!.total, Math.floor((16 * (seconds - 1)) / 39));
      for (let i = 0; i < 32; i++) {
        const here = ((start + i) * 32) / RATE;
        near(found!.absolute[i]!, (16 * here) / 40);
        near(found!.relative[i]!, (16 * here) / seconds);
      }
    }
  }
});

/** The bin of a place, unless float32 may see the place on the other side of a border. */
function near(bin: number, exact: number): void {
  if (Math.abs(exact - Math.round(exact)) > 1e-3) assert.equal(bin, Math.floor(exact));
  else assert.ok(Math.abs(bin - exact) <= 1.001);
}

test("a stretched song keeps its relative places, and all lengths are told", () => {
  const random = createRandom(3);
  const totals = new Set<number>();
  for (let turn = 0; turn < 500; turn++) {
    const start = random.whole(0, songs[2]!.codes[2]!.length - 32);
    const { timing: found } = windowAt(songs[2]!, start, top, at(2), { ...asItIs, stretch: 1 }, random);
    totals.add(found!.total);
    const share = (16 * start * 32) / songs[2]!.samples;
    assert.ok(Math.abs(found!.relative[0]! - share) <= 1.01, `${found!.relative[0]} is not near ${share}`);
    for (const bin of [...found!.absolute, ...found!.relative]) assert.ok(bin >= 0 && bin < 16);
  }
  assert.deepEqual(
    [...totals].sort((a, b) => a - b),
    Array.from({ length: 16 }, (_, bin) => bin),
  );
});

test("labels are dropped, and codes above and codes read replaced as often as asked, codes to be foretold never", () => {
  const random = createRandom(4);
  const variety = {
    dropLabels: 0.2,
    dropMoments: 0.1,
    noise: 0.1,
    mistakes: 0,
    ownNoise: 0.3,
    slips: 0,
    stretch: 0,
  };
  let [artists, genres, both, noisy, misread] = [0, 0, 0, 0, 0];
  for (let turn = 0; turn < 3000; turn++) {
    const window = windowAt(songs[0]!, 40, middle, at(1), variety, random);
    assert.deepEqual(
      [...window.codes],
      Array.from({ length: 32 }, (_, i) => 1040 + i),
    );
    artists += Number(window.artist === 0);
    genres += Number(window.genre === 0);
    both += Number(window.artist === 0 && window.genre === 0);
    noisy += [...window.upper!].filter((code, i) => code !== 2010 + i).length;
    misread += [...window.heard].filter((code, i) => code !== 1040 + i).length;
  }
  for (const [count, share] of [
    [artists, 0.2 + 0.2],
    [genres, 0.2 + 0.8 * 0.2],
    [both, 0.2 + 0.2 * 0.2],
  ] as const)
    assert.ok(Math.abs(count / 3000 - share) < 0.03, `${count} of 3000, not ${share}`);
  assert.ok(Math.abs(noisy / (3000 * 8) - 0.1) < 0.01);
  assert.ok(Math.abs(misread / (3000 * 32) - 0.3) < 0.01);
});

test("codes above are mistaken as the prior above would, each window's by a share of its own up to what is asked for", () => {
  const random = createRandom(8);
  const variety = { ...asItIs, mistakes: 0.6 };
  const above = (code: number): number => code + 500;
  const shares = Array.from({ length: 3000 }, () => {
    const { upper, codes, heard } = windowAt(songs[0]!, 40, middle, at(1), variety, random, above);
    assert.deepEqual(heard, codes);
    return [...upper!].filter((code, i) => code !== 2010 + i && code === 2510 + i).length / 8;
  });
  const mean = shares.reduce((sum, share) => sum + share / 3000, 0);
  assert.ok(Math.abs(mean - 0.3) < 0.02, `${mean}`);
  const untouched = shares.filter((share) => share === 0).length / 3000;
  const all = 1 - 0.4 ** 9; // of (1 − share)⁸ over shares up to 0.6, the mean is (1 − 0.4⁹) / 5.4
  assert.ok(Math.abs(untouched - all / 5.4) < 0.03, `${untouched}`);
  const unheard = windowAt(songs[0]!, 40, middle, at(1), variety, random);
  assert.deepEqual(
    [...unheard.upper!],
    Array.from({ length: 8 }, (_, i) => 2010 + i),
  );
});

test("numbers to draw own codes with are even from 0 to 1, in each window at a share of places of its own up to what is asked for", () => {
  const random = createRandom(9);
  const variety = { ...asItIs, slips: 0.4 };
  const numbers: number[] = [];
  const shares = Array.from({ length: 3000 }, () => {
    const { codes, heard, slips } = windowAt(songs[0]!, 40, middle, at(1), variety, random);
    assert.deepEqual(heard, codes);
    const drawn = slips.filter((one) => one >= 0);
    numbers.push(...drawn);
    return drawn.length / 32;
  });
  const mean = shares.reduce((sum, share) => sum + share / 3000, 0);
  assert.ok(Math.abs(mean - 0.2) < 0.01, `${mean}`);
  assert.ok(Math.max(...shares) > 0.5 && Math.max(...shares) < 0.85, `${Math.max(...shares)}`);
  for (const edge of [0.1, 0.5, 0.9]) {
    const below = numbers.filter((one) => one < edge).length / numbers.length;
    assert.ok(Math.abs(below - edge) < 0.02, `${below} below ${edge}`);
  }
  assert.ok(numbers.every((one) => one < 1));
  const next = (): number => 0xffff_ffff / 2 ** 32; // float32 has nothing between this and 1
  const highest = { ...createRandom(1), next, chance: () => true };
  const { slips } = windowAt(songs[0]!, 40, middle, at(1), variety, highest);
  assert.ok(slips.every((one) => one > 0.999 && one < 1));
  const none = windowAt(songs[0]!, 40, middle, at(1), asItIs, random).slips;
  assert.ok(none.every((one) => one < 0));
});

test("windows side by side are the rows of the network's inputs", () => {
  const ofTop = [0, 5].map((start) => windowAt(songs[1]!, start, top, at(2), asItIs, createRandom(5)));
  const ofMiddle = [0, 8, 4].map((start) => windowAt(songs[1]!, start, middle, at(1), asItIs, createRandom(5)));
  const rows = (feeds: Tensors, name: string): number[][] => {
    const { dims, data } = feeds[name]!;
    const [count, length] = [dims[0]!, dims[1] ?? 1];
    return Array.from({ length: count }, (_, row) => [...(data as Int32Array).slice(row * length, (row + 1) * length)]);
  };
  const feeds = { ...batchOf(ofTop) };
  assert.deepEqual(Object.keys(feeds).sort(), [
    "absolute",
    "artist",
    "codes",
    "genres",
    "heard",
    "relative",
    "slips",
    "total",
  ]);
  assert.deepEqual(
    rows(feeds, "codes"),
    ofTop.map(({ codes }) => [...codes]),
  );
  assert.deepEqual(rows(feeds, "heard"), rows(feeds, "codes"));
  const slipping = [1, 2].map((seed) =>
    windowAt(songs[1]!, 0, top, at(2), { ...asItIs, slips: 1 }, createRandom(seed)),
  );
  assert.deepEqual(
    rows(batchOf(slipping), "slips"),
    slipping.map(({ slips }) => [...slips]),
  );
  assert.deepEqual(
    rows(feeds, "absolute"),
    ofTop.map(({ timing: t }) => [...t!.absolute]),
  );
  assert.deepEqual(
    rows(feeds, "relative"),
    ofTop.map(({ timing: t }) => [...t!.relative]),
  );
  assert.deepEqual(
    rows(feeds, "total"),
    ofTop.map(({ timing: t }) => [t!.total]),
  );
  const below = batchOf(ofMiddle);
  assert.deepEqual(Object.keys(below).sort(), ["artist", "codes", "genres", "heard", "slips", "upper"]);
  assert.deepEqual(
    rows(below, "upper"),
    ofMiddle.map(({ upper }) => [...upper!]),
  );
  assert.deepEqual(rows(below, "artist"), [[2], [2], [2]]);
  assert.deepEqual(rows(below, "genres"), [[1], [1], [1]]);
});

test("some windows are told nothing of the moment, some no key, some no mood; a metre without moods loses nothing", () => {
  const tables = ["tick", "key", "mood", "dynamics"].map((name) => ({ name, rows: 9 }));
  const size: PriorSize = { ...top, moments: tables };
  const beat = { ticksPerBar: 4, samplesPerTick: 100, grain: 100, tempo: 1, key: 2 };
  const counts = (section: object): number[] => {
    const random = createRandom(4);
    const metre = { ...beat, sections: [{ section: 1, bars: 99, ...section }] };
    const all = Array.from({ length: 2000 }, () =>
      windowAt({ ...songs[0]!, metre }, 0, size, at(2), { ...asItIs, dropMoments: 0.1 }, random),
    );
    return tables.map(
      ({ name }) => all.filter(({ moments }) => moments!.get(`moment.${name}`)![0] === 0).length / 2000,
    );
  };
  const close = (found: readonly number[], wanted: readonly number[]): void =>
    found.forEach((share, index) => {
      assert.ok(Math.abs(share - wanted[index]!) < 0.03, `${found}`);
    });
  close(counts({ mood: 3, dynamics: 1 }), [0.1, 0.2, 0.2, 0.2]);
  close(counts({}), [0.1, 0.2, 1, 1]);
});

test("a window told neither artist nor genre by the same chance is told nothing of its moments", () => {
  const random = createRandom(6);
  const metre = { ticksPerBar: 4, samplesPerTick: 100, grain: 100, tempo: 1, key: 2, sections: [] };
  const size: PriorSize = { ...top, moments: [{ name: "tick", rows: 9 }] };
  const variety = { ...asItIs, dropLabels: 0.2 };
  const all = Array.from({ length: 2000 }, () => windowAt({ ...songs[0]!, metre }, 0, size, at(2), variety, random));
  const beatless = all.filter(({ moments }) => moments!.get("moment.tick")![0] === 0);
  assert.ok(Math.abs(beatless.length / 2000 - 0.2) < 0.03);
  assert.ok(beatless.every(({ artist, genre }) => artist === 0 && genre === 0));
});
