/** The whole evaluation with a tiny random model and a tiny corpus: all that is measured is there, and again the same. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decode } from "fast-png";
import { createWav } from "../../src/audio/wav.ts";
import { runEvaluate } from "../../src/cli/evaluate.ts";
import { type CorpusSong, readCorpus, wordsPath, writeIndex } from "../../src/dataset/corpus-files.ts";
import { writeWords } from "../../src/dataset/sung-words.ts";
import { UserError } from "../../src/errors.ts";
import type { Evaluation } from "../../src/evaluation/report.ts";
import { writeModelFolder } from "../../src/model/folder.ts";
import { saveCheckpoint } from "../../src/training/checkpoint.ts";
import { temporaryFolder } from "../support/folder.ts";
import { tinyConfig, tinyStore } from "../support/model.ts";
import { withMoods } from "../support/moods.ts";
import { seeded } from "../support/random.ts";

const sampleRate = 22_050;
const songs = [
  ["The Sample Tones", "jazz", "train"],
  ["The Sample Tones", "jazz", "valid"],
  ["The Random Walks", "rock", "train"],
  ["The Random Walks", "rock", "valid"],
  ["The Random Walks", "jazz", "heldout-pair"],
  ["The Random Walks", "jazz", "heldout-pair"],
] as const;

/** Jazz has slow beats of a tone, rock fast beats of noise; the Random Walks hum besides. */
function writeCorpus(folder: string): void {
  const samples = 5 * sampleRate;
  const listed = songs.map(([artist, genre, split], index): CorpusSong => {
    const random = seeded(index);
    const [beat, loud] = genre === "jazz" ? [0.5, 0.3] : [0.4, 0.6];
    const file = `${index}.wav`;
    const wav = createWav(join(folder, file), sampleRate);
    const hum = artist === "The Random Walks" ? 0.2 : 0;
    wav.write(
      Float32Array.from({ length: samples }, (_, at) => {
        const seconds = at / sampleRate;
        const fading = loud * Math.exp(-20 * (seconds % beat));
        const struck = genre === "jazz" ? Math.sin(2 * Math.PI * 880 * seconds) : 2 * random() - 1;
        return fading * struck + hum * Math.sin(2 * Math.PI * 220 * seconds) + 0.001 * random();
      }),
    );
    wav.close();
    const label = { artist, genre, split, samples, seconds: 5 };
    return {
      id: String(index),
      file,
      ...label,
      bpm: 60 / beat,
      tempo: 6,
      key: "A",
      sections: [{ name: "end", bars: 1 }],
      seed: index,
      mood: index % 4 < 2 ? "bright" : "dark",
      ...(index === 3 && { singer: "low" as const }),
    };
  });
  writeWords(wordsPath(folder, listed[3]!), {
    lyrics: "moon",
    characters: [1, 1.25, 1.5, 1.75].map((from) => [from, from + 0.25] as const),
    phones: [],
  });
  writeIndex(folder, { version: 1, plan: { seed: 1, songs: 6, secondsPerSong: 5 }, sampleRate, songs: listed });
}

const names = { artists: ["unknown", "The Sample Tones", "The Random Walks"], genres: ["unknown", "jazz", "rock"] };
const bands = [
  { artist: "The Sample Tones", genre: "jazz" },
  { artist: "The Random Walks", genre: "rock" },
];

test("a tiny model is evaluated as a large one is", async (t) => {
  const [model, corpus] = [temporaryFolder(t), temporaryFolder(t)];
  writeCorpus(corpus);
  await writeModelFolder(model, withMoods({ ...tinyConfig, ...names, bands }), tinyStore());
  writeFileSync(join(model, "README.md"), "# Tiny\n\n<!-- classifications -->\n<!-- end -->\nBy hand.\n");
  const plan = { level: 1, size: {}, plan: { batch: 3, samples: 22_050, rate: 0.002 }, songs: 6 };
  saveCheckpoint(join(corpus, "vqvae.1.checkpoint.safetensors"), { steps: 2400, store: new Map() }, plan);
  const recipe = { size: { nCtx: 441 }, batch: 10, rate: 0.001 };
  saveCheckpoint(join(corpus, "prior.2.checkpoint.safetensors"), { steps: 1800, store: new Map() }, recipe);
  const words = [
    model,
    "--corpus",
    corpus,
    "--codes",
    join(corpus, "none"),
    "--work",
    corpus,
    "--clips",
    "1",
    "--seconds",
    "1.5",
    "--long",
    "4",
  ];
  const told: string[] = [];
  const card = await runEvaluate([...words, "--threads", "1"], (line) => told.push(line));
  const found = JSON.parse(readFileSync(join(model, "evaluation.json"), "utf8")) as Evaluation;

  await t.test("the songs left out are told apart, so a judge can be trusted", () => {
    const [left, apart] = found.classifications.filter(
      ({ trainedOn, what }) => trainedOn === "songs" && what === "songs",
    );
    assert.equal(left!.accuracy.both.share, 1);
    assert.equal(left!.accuracy.mood!.share, 1);
    assert.equal(apart!.accuracy.both.share, 1);
    assert.deepEqual([left!.accuracy.songs, apart!.accuracy.songs, apart!.pairs], [2, 1, "held out"]);
  });

  await t.test("reconstructions of each level and generated clips are classified both ways", () => {
    const kinds = found.classifications.map(({ trainedOn, what, level, pairs }) =>
      [trainedOn, what, level ?? "", pairs].join(" "),
    );
    for (const pairs of ["known", "held out"]) {
      for (const level of [0, 1, 2]) {
        assert.ok(kinds.includes(`songs reconstructions ${level} ${pairs}`));
        assert.ok(kinds.includes(`${level} reconstructions ${level} ${pairs}`));
        assert.ok(kinds.includes(`${level} generated ${level} ${pairs}`));
      }
      assert.ok(kinds.includes(`songs generated 0 ${pairs}`));
    }
    assert.equal(kinds.length, 2 + 6 + 2 + 3 * 4);
  });

  await t.test("every pair is sung once, the held-out one last, with seeds that are listed", () => {
    assert.deepEqual(
      found.clips.map(({ artist, genre, mood, seed, pairs }) => [artist, genre, mood, seed, pairs]),
      [
        ["The Sample Tones", "jazz", "bright", 1000, "known"],
        ["The Random Walks", "rock", "dark", 1100, "known"],
        ["The Random Walks", "jazz", "bright", 1200, "held out"],
      ],
    );
    assert.deepEqual(found.confusion.mood!.classes, ["bright", "dark"]);
    assert.deepEqual(found.confusion.genre.classes, ["jazz", "rock"]);
    assert.equal(
      found.confusion.genre.counts.flat().reduce((a, b) => a + b),
      3,
    );
  });

  await t.test("a random prior takes more bits than its codebook has, and the copies of a random codec are bad", () => {
    assert.deepEqual(
      found.bits.map(({ level }) => level),
      [0, 1, 2],
    );
    for (const { validation, training, withoutLabels, unigram, heldOutPairs } of found.bits) {
      assert.notEqual(withoutLabels.bits, validation.bits);
      assert.notEqual(training.bits, validation.bits);
      assert.equal(training.songs, validation.songs);
      assert.ok(validation.bits > unigram && heldOutPairs!.bits > 3);
    }
    for (const { validation, melDifference } of found.codec) {
      assert.ok(validation.whole > -3 && validation.bands.length === 4);
      assert.ok(melDifference > 3 && melDifference < 60);
    }
  });

  await t.test("what is sung in songs left out is asked of a recogniser, in each form", () => {
    assert.deepEqual(
      found.words!.map(({ what, level, lines }) => [what, level, lines]),
      [
        ["songs", undefined, 1],
        ["backwards", undefined, 1],
        ...[0, 1, 2].map((level) => ["reconstructions", level, 1]),
      ],
    );
  });

  await t.test("beat and key are watched in songs left out and in longer clips of each genre", () => {
    const [songs, ...sung] = found.steadiness!;
    assert.deepEqual([songs!.what, songs!.clips, songs!.windows, songs!.tempo.share], ["songs", 2, 2, 1]);
    assert.deepEqual(
      sung.map(({ what, level, clips, windows }) => [what, level, clips, windows]),
      [0, 1, 2].map((level) => ["generated", level, 2, 2]),
    );
    assert.ok(sung.every(({ key, inScale }) => key && inScale! > 0 && inScale! < 1));
    assert.equal(songs!.key, undefined, "songs in a key of no such name");
  });

  await t.test("the picture has a row for each sound", () => {
    const { width, height } = decode(readFileSync(join(model, "evaluation.png")));
    assert.ok(width > 100);
    assert.equal(height, 4 + 9 * 114 + 16, "an original, three copies, words, two genres sung beside a song");
  });

  await t.test("the card is filled in and told", () => {
    const text = readFileSync(join(model, "README.md"), "utf8");
    assert.match(
      text,
      /^# Tiny\n\n<!-- classifications -->\n[\s\S]*\*\*generated\*\*, level 2 [\s\S]*<!-- end -->\nBy hand\.\n$/,
    );
    for (const name of [
      "sizes",
      "data",
      "training",
      "bits",
      "codec",
      "confusion",
      "clips",
      "summary",
      "words",
      "steadiness",
    ])
      assert.match(card, new RegExp(`^## ${name}$`, "m"));
    assert.match(card, /The Random Walks \| 0 \+ 2, held out \| 1 \+ 1 \|/);
    assert.match(card, /VQ-VAE, level 1 \| 2,400 \| 3 × 22,050 samples \| 0\.002 \| 2\.0 h \|/);
    assert.match(card, /prior, level 2 \| 1,800 \| 10 × 441 codes \| 0\.001 \| 12\.8 h \|/);
    assert.ok(told.length > 8);
  });

  await t.test("the card alone can be told again, and the same is found again", async () => {
    assert.equal(await runEvaluate([model, "--card"], () => {}), card);
    assert.equal(await runEvaluate([...words, "--threads", "2"], () => {}), card);
    for (const other of ["{}", "my notes"]) {
      writeFileSync(join(model, "evaluation.json"), other);
      await assert.rejects(
        runEvaluate(words, () => {}),
        (error) => error instanceof UserError && /evaluation\.json" exists already/.test(error.message),
      );
      assert.equal(readFileSync(join(model, "evaluation.json"), "utf8"), other);
    }
    rmSync(join(model, "evaluation.json"));
    rmSync(join(model, "evaluation.png"));
  });

  await t.test("codes of another model are refused", async () => {
    const codes = temporaryFolder(t);
    for (const { id } of readCorpus(corpus))
      for (const level of [0, 1, 2]) writeFileSync(join(codes, `${id}.${level}.u16`), Buffer.alloc(10_000, 1));
    await assert.rejects(
      runEvaluate([model, "--corpus", corpus, "--codes", codes, "--seconds", "1.5"], () => {}),
      (error) => error instanceof UserError && /another model's codes of level 0/.test(error.message),
    );
  });
});

test("wrong arguments are refused with a hint", async () => {
  for (const words of [[], ["a", "b"], ["a", "--clips", "0"], ["a", "--clip", "2"]])
    await assert.rejects(
      runEvaluate(words, () => {}),
      (error) =>
        error instanceof UserError && /--help lists|--clips must|npm run evaluate -- models/.test(error.message),
    );
});
