/** Mood and dynamics over the loopback Discord: asked for, drawn, refused, offered, kept when a song goes on, and unknown to a model without. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Engine, SongRequest } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { aFakeTown, aTown, clipIdIn, hasSong, songIn } from "../e2e/support.ts";
import { fakeEngine } from "../fakes/engine.ts";
import { list, text } from "../loopback/json.ts";
import { temporaryFolder } from "../support/folder.ts";
import { writeMoodyModel } from "../support/model.ts";
import { withMoods } from "../support/moods.ts";
import { readOgg } from "../support/ogg.ts";
import { wavBytes } from "../support/wav.ts";

/** Machines may be busy. */
const patient = { timeout: 120_000 };

/** A town whose model knows moods and dynamics, and sings. */
async function aMoodyTown(t: TestContext) {
  const plain = fakeEngine({ lyrics: "v3" });
  const engine = { ...plain, model: withMoods(plain.model) };
  return { ...(await aTown(t, { engine })), engine };
}

/** What the engine was told: tempo, key and, in every part, mood and dynamics, as rows of its tables. */
function toldOf({ labels }: SongRequest) {
  const { sections, tempo, key } = labels.metre!; // it counts beats
  return { tempo, key, parts: [...new Set(sections.map(({ mood, dynamics }) => `${mood} ${dynamics}`))] };
}

const [bright, dark] = [
  { tempo: 1, key: 1 },
  { tempo: 2, key: 2 },
] as const;

test("mood and dynamics reach the engine, the message and the file", async (t) => {
  const { discord, engine } = await aMoodyTown(t);
  const options = { genre: "jazz", mood: "Dark", dynamics: "soft", seconds: 4, seed: 7 };
  const reply = await (await discord.slash("ada", "general", "jukebox", options)).reply(hasSong, patient);
  assert.deepEqual(toldOf(engine.requests[0]!.request), { ...dark, parts: ["2 2"] });
  assert.match(reply.content, /^\*\*jazz by Ada, dark, soft, 4 s, seed 7\*\*/);
  const { tags } = readOgg(songIn(reply)!.bytes);
  assert.deepEqual([tags.get("MOOD"), tags.get("DYNAMICS")], ["dark", "soft"]);
  assert.deepEqual(discord.findings, []);
});

test("the networks of a model that knows moods are told them, and make another song of each", async (t) => {
  const folder = temporaryFolder(t);
  await writeMoodyModel(folder);
  const real = await openEngine(folder);
  t.after(() => real.close());
  const requests: SongRequest[] = [];
  const engine: Engine = {
    model: real.model,
    capacity: 1,
    codesIn: (seconds) => real.codesIn(seconds),
    encode: (...told) => real.encode(...told),
    close: async () => undefined,
    generate(request, options) {
      requests.push(request);
      return real.generate(request, options);
    },
  };
  const { discord } = await aTown(t, { engine });
  const sounds: Buffer[] = [];
  for (const mood of ["bright", "dark"]) {
    const options = { genre: "noise", mood, seconds: 2, seed: 7, candidates: 2 };
    const reply = await (await discord.slash("ada", "general", "jukebox", options)).reply(hasSong, patient);
    assert.match(reply.content, new RegExp(`^\\*\\*noise by The Sample Tones, ${mood}, 2 s, seed 7\\*\\*`));
    sounds.push(songIn(reply)!.bytes);
  }
  assert.deepEqual(
    requests.map((request) => toldOf(request)),
    [bright, bright, dark, dark].map((told, index) => ({ ...told, parts: [index < 2 ? "1 1" : "2 1"] })),
  );
  assert.notDeepEqual(sounds[0], sounds[1]);
  assert.deepEqual(discord.findings, []);
});

test("a mood that is not asked for is drawn, and told", async (t) => {
  const { discord, engine } = await aMoodyTown(t);
  const met = new Set<string>();
  for (let seed = 0; seed < 8; seed++) {
    const asked = await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 2, seed });
    const [, mood = ""] = /^\*\*jazz by Ada, (\w+), 2 s/.exec((await asked.reply(hasSong, patient)).content) ?? [];
    const told = mood === "dark" ? { ...dark, parts: ["2 1"] } : { ...bright, parts: ["1 1"] };
    assert.deepEqual(toldOf(engine.requests[seed]!.request), told);
    met.add(mood);
  }
  assert.deepEqual([...met].sort(), ["bright", "dark"]);
});

test("unknown moods and dynamics are refused with those the model knows, and nothing is made", async (t) => {
  const { discord, engine } = await aMoodyTown(t);
  const refusals = { mood: /the mood "green"\. I know bright, dark\./, dynamics: /"green"\. I know loud, soft\./ };
  for (const [option, refusal] of Object.entries(refusals))
    for (const command of ["jukebox", "continue"]) {
      const file = { filename: "a.wav", contentType: "audio/wav", bytes: wavBytes(8000, [new Float32Array(8000)]) };
      const others = command === "continue" ? { file } : {};
      const asked = await discord.slash("ada", "general", command, { ...others, [option]: "green" });
      assert.match((await asked.reply(undefined, patient)).content, refusal);
    }
  assert.equal(engine.requests.length, 0);
  assert.deepEqual(discord.findings, []);
});

test("moods and dynamics are offered while typing", async (t) => {
  const { discord } = await aMoodyTown(t);
  for (const command of ["jukebox", "continue"]) {
    const offered = async (option: string, value: string) =>
      (await discord.autocomplete("ada", "general", command, { option, value })).map((choice) => choice.value);
    assert.deepEqual(await offered("mood", ""), ["bright", "dark"]);
    assert.deepEqual(await offered("mood", "da"), ["dark", "bright"]);
    assert.deepEqual(await offered("dynamics", "s"), ["soft", "loud"]);
  }
  assert.deepEqual(discord.findings, []);
});

test("a clip that goes on keeps its mood and its beat, until another mood is asked for", async (t) => {
  const { discord, engine } = await aMoodyTown(t);
  const options = { genre: "jazz", mood: "dark", dynamics: "soft", seconds: 3, seed: 5 };
  const clip = await (await discord.slash("ada", "general", "jukebox", options)).reply(hasSong, patient);
  const on = async (more: object) =>
    (
      await (
        await discord.slash("ada", "general", "continue", { clip: clipIdIn(clip), seconds: 2, ...more })
      ).reply(hasSong, patient)
    ).content;
  assert.match(await on({}), /^\*\*jazz by Ada, dark, soft, 5 s/);
  assert.match(await on({ genre: "rock" }), /^\*\*rock by The Kettles, dark, soft, 5 s/);
  assert.match(await on({ mood: "bright" }), /^\*\*jazz by Ada, bright, soft, 5 s/);
  assert.match(await on({ dynamics: "loud" }), /^\*\*jazz by Ada, dark, loud, 5 s/);
  assert.deepEqual(
    engine.requests.map(({ request }) => toldOf(request)),
    ["2 2", "2 2", "2 2", "1 2", "2 1"].map((part) => ({ ...dark, parts: [part] })),
  );
  assert.deepEqual(discord.findings, []);
});

test("a sound file goes on in the mood that is asked for", async (t) => {
  const { discord, engine } = await aMoodyTown(t);
  const file = {
    filename: "a.wav",
    contentType: "audio/wav",
    bytes: wavBytes(8000, [new Float32Array(8000).fill(0.5)]),
  };
  const asked = await discord.slash("ada", "general", "continue", { file, seconds: 2, mood: "dark" });
  assert.match((await asked.reply(hasSong, patient)).content, /, dark, 3 s/);
  assert.deepEqual(toldOf(engine.requests[0]!.request), { ...dark, parts: ["2 1"] });
});

test("candidates are all of the mood that was drawn, and so is the one that is picked", async (t) => {
  const { discord, engine } = await aMoodyTown(t);
  const asked = await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 2, seed: 3, candidates: 3 });
  const [, mood] = /^\*\*jazz by Ada, (\w+), 2 s/.exec((await asked.reply(hasSong, patient)).content) ?? [];
  const posted = asked.message()!; // it has a reply now
  const whole = await (await discord.button("ada", posted, `pick:${clipIdIn(posted)}.2`)).reply(hasSong, patient);
  assert.ok(whole.content.startsWith(`**jazz by Ada, ${mood}, 2 s, seed 4**`), whole.content);
  const told = engine.requests.map(({ request }) => toldOf(request));
  assert.equal(told.length, 4);
  for (const one of told) assert.deepEqual(one, told[0]);
});

test("the line tells the mood of a song that waits, which is made in it after a restart", async (t) => {
  const { discord, engine, bot, startBot } = await aMoodyTown(t);
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "jukebox", { genre: "jazz", mood: "dark", seconds: 3 });
  await hold.reached;
  const line = await (await discord.slash("ada", "general", "queue", {})).reply(undefined, patient);
  assert.match(line.content, /\*\*jazz by Ada, dark, 3 s/);
  await bot.stop();
  await startBot();
  await asked.reply(hasSong, patient);
  assert.deepEqual(toldOf(engine.requests.at(-1)!.request), { ...dark, parts: ["2 1"] });
});

test("the form of /sing asks for mood and dynamics in one field", async (t) => {
  const { discord, engine } = await aMoodyTown(t);
  const asked = await discord.slash("ada", "general", "sing", {});
  const labels = list((await asked.modal()).components).map((row) => text((row as { label?: unknown }).label));
  assert.deepEqual(labels, ["Lyrics", "Genre", "Artist", "Mood and dynamics", "Seconds"]);
  const filled = (spirit: string) => discord.modal("ada", asked, { lyrics: "la", genre: "jazz", seconds: "3", spirit });
  assert.match(
    (await (await filled("green")).reply(undefined, patient)).content,
    /I don't know the mood "green"\. I know bright, dark\./,
  );
  assert.match((await (await filled("dark, bright")).reply(undefined, patient)).content, /one mood and one dynamics/);
  assert.match(
    (await (await filled("soft, Dark")).reply(hasSong, patient)).content,
    /^\*\*jazz by Ada, dark, soft, 3 s/,
  );
  assert.deepEqual(toldOf(engine.requests[0]!.request), { ...dark, parts: ["2 2"] });
  assert.deepEqual(discord.findings, []);
});

test("a model without moods says so, offers none, asks for none in its form, and titles songs as ever", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  for (const [option, kind] of Object.entries({ mood: "moods", dynamics: "dynamics" })) {
    const { content } = await (await discord.slash("ada", "general", "jukebox", { [option]: "dark" })).reply(
      undefined,
      patient,
    );
    assert.equal(content, `This model knows no ${kind}.`);
    assert.deepEqual(await discord.autocomplete("ada", "general", "jukebox", { option, value: "d" }), []);
  }
  assert.equal(engine.requests.length, 0);
  const made = await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 2, seed: 7 });
  assert.match((await made.reply(hasSong, patient)).content, /^\*\*jazz by Ada, 2 s, seed 7\*\*/);
  assert.equal(engine.requests[0]?.request.labels.metre, undefined);
  assert.deepEqual(discord.findings, []);
});

test("the form of a model that sings and knows no moods has no field for them", async (t) => {
  const { discord } = await aTown(t, { engine: fakeEngine({ lyrics: "v3", maxSeconds: 8 }) });
  const asked = await discord.slash("ada", "general", "sing", {});
  const labels = list((await asked.modal()).components).map((row) => text((row as { label?: unknown }).label));
  assert.deepEqual(labels, ["Lyrics", "Genre", "Artist", "Seconds"]);
  const sung = await discord.modal("ada", asked, { lyrics: "la", genre: "jazz", seconds: "2" });
  assert.match((await sung.reply(hasSong, patient)).content, /^\*\*jazz by Ada, 2 s/);
  assert.deepEqual(discord.findings, []);
});
