/** `npm run train -- --data` at its smallest: a folder of songs becomes a model, other songs are learned on from it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { readVocabulary } from "../../../src/inference/vocabulary.ts";
import { openModelFolder, readModelConfig } from "../../../src/model/folder.ts";
import { labelsFor } from "../../../src/song/labels-for.ts";
import { songFrom } from "../../../src/song/song-from.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { soundFixture, writeOwnSongs } from "../../support/own-songs.ts";
import { taggedFlac } from "../../support/tags.ts";

const entry = new URL("../../../src/cli/train.ts", import.meta.url).pathname;

function train(...options: string[]): Promise<{ code: number | null; said: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; said: string }>();
  const child = spawn(process.execPath, [entry, "--preset", "tiny", ...options]);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => {
      said += text;
    });
  child.once("error", reject);
  child.once("close", (code) => resolve({ code, said }));
  return promise;
}

test("own songs become a model, and songs that come later are learned on from it, its codes kept", async (t) => {
  const folder = temporaryFolder(t);
  const [data, corpus, work] = ["data", "corpus", "work"].map((name) => join(folder, name)) as [string, string, string];
  const [out, next] = [join(folder, "mine"), join(folder, "next")];
  writeOwnSongs(data);
  const options = ["--data", data, "--corpus", corpus, "--work", work];
  const first = await train(...options, "--out", out);
  assert.equal(first.code, 0, first.said);
  assert.match(first.said, /corpus {2}5 songs, .* 1 of them for validation; 6 files skipped/);

  const config = await readModelConfig(out);
  assert.equal(config.name, "mine");
  assert.equal(config.artists[0], "unknown");
  assert.deepEqual([...config.artists].sort(), ["Owls", "The Tins", "unknown"]);
  assert.deepEqual(config.metre!.tempos, []);
  const phone = { name: "phone", rows: 1 + config.metre!.phones!.length }; // one song has word times
  const moments = [{ name: "mood", rows: 1 + config.metre!.moods!.length }, phone];
  assert.deepEqual(
    config.priors.map((prior) => prior.moments),
    [moments, moments, moments],
  );
  const vocabulary = await readVocabulary(out, config);
  const [mood] = config.metre!.moods!;
  const labels = labelsFor(songFrom({ genre: "rock", mood, seconds: 2, seed: 1 }, vocabulary), vocabulary);
  assert.equal(labels.metre!.sections[0]!.mood, 1);
  assert.equal(labelsFor(songFrom({ genre: "ROCK", seed: 1 }, vocabulary), vocabulary).metre, undefined);

  writeFileSync(
    join(data, "new.flac"),
    taggedFlac(soundFixture("mono-24.flac"), [
      ["ARTIST", "Newcomer"],
      ["GENRE", "Ska"],
    ]),
  );
  rmSync(join(data, "owls.ogg"));
  const refused = await train(...options, "--out", out);
  assert.equal(refused.code, 1);
  assert.match(refused.said, /The songs or their labels have changed since the training in/);
  const nextWork = join(folder, "next-work");
  const begun = await train(
    "--data",
    data,
    "--corpus",
    corpus,
    "--work",
    nextWork,
    "--out",
    next,
    "--from",
    out,
    "--samples",
    "0",
  );
  assert.equal(begun.code, 0, begun.said);
  const heard = begun.said.match(/(?<=hearing what level )\d/g);
  assert.deepEqual(heard, ["2", "1"], "each upsampler, those above");
  const grown = await readModelConfig(next);
  assert.deepEqual(grown.artists.slice(0, config.artists.length), config.artists);
  assert.deepEqual(grown.artists.slice(config.artists.length), ["Newcomer"]);
  assert.equal(grown.genres.at(-1), "Ska");
  const [old, now] = [await openModelFolder(out, "vqvae"), await openModelFolder(next, "vqvae")];
  const changed = [...old.store].filter(([name, { data }]) => !isDeepStrictEqual(now.store.get(name)!.data, data));
  const parts = new Set(changed.map(([name]) => name.split(".").slice(0, 2).join(".")));
  assert.deepEqual([...parts].sort(), ["decoders.0", "decoders.1", "decoders.2"], "all else makes the codes");
});

test("codes are made again for songs that are new alone, and for all once the encoder is another", async (t) => {
  const folder = temporaryFolder(t);
  const [data, work] = [join(folder, "data"), join(folder, "work")];
  const codes = join(work, "codes");
  writeOwnSongs(data);
  const options = ["--data", data, "--corpus", join(folder, "corpus"), "--work", work, "--out", join(folder, "mine")];
  for (const stage of [["corpus"], ["vqvae", "2"], ["codes", "2"]]) {
    const { code, said } = await train(...stage, ...options);
    assert.equal(code, 0, said);
  }
  const made = new Map(readdirSync(codes).map((name) => [name, statSync(join(codes, name)).mtimeMs]));
  assert.equal(made.size, 6, "five songs and the mark");
  for (const name of readdirSync(work)) if (name.includes("checkpoint")) rmSync(join(work, name));
  writeFileSync(join(data, "new.mp3"), soundFixture("mono-vbr.mp3"));
  for (const stage of [["corpus"], ["codes", "2"]]) {
    const { code, said } = await train(...stage, ...options);
    assert.equal(code, 0, said);
  }
  const songs = readdirSync(codes).filter((name) => name.endsWith(".u16"));
  assert.equal(songs.length, 6);
  for (const name of songs) if (made.has(name)) assert.equal(statSync(join(codes, name)).mtimeMs, made.get(name));
  assert.ok(!existsSync(join(folder, "mine")));
});

test("a model is not written over by what starts from it", async () => {
  const { code, said } = await train("--data", "nowhere", "--from", "models/own");
  assert.equal(code, 1);
  assert.match(said, /would be overwritten/);
});
