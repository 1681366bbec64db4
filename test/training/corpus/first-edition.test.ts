/** The first edition stays as it is, byte for byte: released models learned from it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compose } from "../../../src/training/corpus/compose.ts";
import { makeCorpus } from "../../../src/training/corpus/make.ts";
import { pairs, planSongs } from "../../../src/training/corpus/plan.ts";
import { render } from "../../../src/training/corpus/render.ts";
import { temporaryFolder } from "../../support/folder.ts";

const hash = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

test("a plan of the first edition is the one that was", () => {
  assert.equal(hash(JSON.stringify(planSongs({ seed: 1, songs: 480, secondsPerSong: 60 }))), "687bf365a5431f68");
});

test("scores of the first edition are the ones that were", () => {
  const hashes = pairs.map(({ artist, genre }) => [
    `${artist}, ${genre}`,
    hash(JSON.stringify([60, 8, 31].map((seconds, index) => compose({ artist, genre, seconds, seed: index + 1 })))),
  ]);
  assert.deepEqual(Object.fromEntries(hashes), {
    "The Copper Owls, jazz": "9ecf53760af0844c",
    "The Copper Owls, blues": "92f7241eab110ba6",
    "The Copper Owls, house": "e7d8abafa0fd78c5",
    "Velvet Lanterns, jazz": "312d5e02e29b5b7b",
    "Velvet Lanterns, house": "086b8c6167631c82",
    "Velvet Lanterns, blues": "2d748d32a9a0932c",
    "The Clockwork Orchard, classical": "751609a1ef4fd716",
    "The Clockwork Orchard, jazz": "c92f46883c9975a8",
    "The Marble Finches, classical": "a4f814ef3211ba09",
    "Mudbank Parade, blues": "5f7629cd4e2c3b0b",
    "Mudbank Parade, rock": "881bdda89465e116",
    "The Rust Pelicans, blues": "b8b89e8d653b1796",
    "The Rust Pelicans, rock": "cd8719bf5b7ac7cc",
    "Thunder Kettle, rock": "39c3a3bd35e26e08",
    "Neon Cartographers, house": "83e6d14504bc2341",
    "Midnight Elevator, house": "7861572fa61ccf2d",
  });
});

test("a corpus of the first edition is the one that was, its list too", async (t) => {
  const folder = temporaryFolder(t);
  const [song] = await makeCorpus(folder, { seed: 3, songs: 1, secondsPerSong: 8, threads: 1 });
  assert.equal(hash(readFileSync(join(folder, "songs.json"))), "e0b59f0c0c6ca056");
  assert.equal(hash(readFileSync(join(folder, song!.file))), "5b83fb0c2ae1b348");
});

test("a song of the first edition sounds as it did", () => {
  const sound = render(compose({ artist: "Neon Cartographers", genre: "house", seconds: 8, seed: 1 }));
  assert.equal(hash(new Uint8Array(sound.buffer)), "9d6ae951b4c16fa4");
});
