/** Chords over the loopback Discord: asked for, refused, kept when a song goes on, and unknown to a model without. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { SongRequest } from "../../src/inference/engine.ts";
import { aFakeTown, aTown, clipIdIn, hasSong, songIn } from "../e2e/support.ts";
import { fakeEngine } from "../fakes/engine.ts";
import { withMoods } from "../support/moods.ts";
import { readOgg } from "../support/ogg.ts";

const patient = { timeout: 120_000 }; // machines may be busy

/** A town whose model knows chords. */
async function aHarmonicTown(t: TestContext) {
  const plain = fakeEngine();
  const moody = withMoods(plain.model);
  const engine = { ...plain, model: { ...moody, metre: { ...moody.metre, chords: ["7", "m", "triad"] } } };
  return { ...(await aTown(t, { engine })), engine };
}

/** The key that the engine was told, and the chords of the song's first part, as rows of its tables. */
function toldOf({ labels }: SongRequest) {
  const { key, sections } = labels.metre!; // it counts beats
  return [key, ...sections[0]!.chords!.map((bar) => bar.map(({ root, chord }) => `${root}/${chord}`).join(" "))];
}

test("chords reach the engine, the message and the file, in their key", async (t) => {
  const { discord, engine } = await aHarmonicTown(t);
  const options = { genre: "jazz", chords: "Am, Dm E7 | Am", seconds: 4, seed: 7 };
  const reply = await (await discord.slash("ada", "general", "jukebox", options)).reply(hasSong, patient);
  assert.deepEqual(toldOf(engine.requests[0]!.request), [2, "10/2 3/2 5/1", "10/2"]);
  assert.match(reply.content, /^\*\*jazz by Ada, dark, Am Dm E7 \| Am, 4 s, seed 7\*\*/);
  assert.equal(readOgg(songIn(reply)!.bytes).tags.get("CHORDS"), "Am Dm E7 | Am");
  assert.deepEqual(discord.findings, []);
});

test("a clip that goes on keeps its chords, until others are asked for, which choose their key", async (t) => {
  const { discord, engine } = await aHarmonicTown(t);
  const options = { genre: "jazz", chords: "Am Dm", seconds: 3, seed: 5 };
  const clip = await (await discord.slash("ada", "general", "jukebox", options)).reply(hasSong, patient);
  for (const more of [{}, { genre: "rock" }, { chords: "C F" }]) {
    const asked = { clip: clipIdIn(clip), seconds: 2, ...more };
    await (await discord.slash("ada", "general", "continue", asked)).reply(hasSong, patient);
  }
  assert.deepEqual(
    engine.requests.map(({ request }) => toldOf(request)),
    [
      [2, "10/2", "3/2"],
      [2, "10/2", "3/2"],
      [2, "10/2", "3/2"],
      [1, "1/3", "6/3"],
    ],
  );
  assert.deepEqual(discord.findings, []);
});

test("what is no chord is refused with an example, and a model that knows none says so; nothing is made", async (t) => {
  const [harmonic, plain] = [await aHarmonicTown(t), await aFakeTown(t)];
  const cases = [
    [harmonic, /^I don't understand the chord "H7"\. Write chords such as "Am F C G"/],
    [plain, /^This model knows no chords\.$/],
  ] as const;
  for (const [{ discord, engine }, sentence] of cases) {
    const asked = await discord.slash("ada", "general", "jukebox", { chords: "Am H7 @everyone" });
    assert.match((await asked.reply(undefined, patient)).content, sentence);
    assert.equal(engine.requests.length, 0);
    assert.deepEqual(discord.findings, []);
  }
});
