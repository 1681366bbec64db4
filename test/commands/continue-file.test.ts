/** Sound files of people go on: handed over with /continue, or by the menu of the message that holds them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readOgg } from "../../src/audio/ogg.ts";
import { aFakeTown, clipIdIn, hasSong, refusalTo, songIn } from "../e2e/support.ts";
import { codeAt, fileSeed } from "../fakes/engine.ts";
import type { GivenFile } from "../loopback/commands.ts";
import { wavBytes } from "../support/wav.ts";

const fixture = (filename: string, contentType: string): GivenFile => ({
  filename,
  contentType,
  bytes: readFileSync(join(import.meta.dirname, "../audio/fixtures", filename)),
});
const mp3 = fixture("stereo.mp3", "audio/mpeg"); // 0.45 s
const given = (filename: string, bytes: Buffer, contentType = "audio/wav") => ({ filename, contentType, bytes });
/** So many seconds of a steady value. */
const wav = (seconds: number, filename = "long.wav") =>
  given(filename, wavBytes(8000, [new Float32Array(seconds * 8000).fill(0.5)]));

const patient = { timeout: 120_000 };

/** The codes of a file of so many seconds, as the fake engine hears it: 100, 25 and 10 a second. */
const codesOf = (seconds: number) => {
  const coarsest = Math.floor(seconds * 10);
  return [coarsest * 10, (coarsest * 5) / 2, coarsest].map((count, level) =>
    Uint16Array.from({ length: Math.floor(count) }, (_, index) => codeAt(fileSeed, level, index)),
  );
};

test("a file handed over with /continue goes on from its codes, and the clip that comes of it goes on as well", async (t) => {
  const { discord, engine, config } = await aFakeTown(t);
  const asked = await discord.slash("ada", "general", "continue", { file: mp3, seconds: 3, genre: "jazz" });
  const reply = await asked.reply(hasSong, patient);
  const { request } = engine.requests[0]!;
  assert.deepEqual(request.prompt, codesOf(0.4));
  assert.equal(request.seconds, 3.4);
  assert.deepEqual(request.labels.levels[0], { artist: 1, genres: [1] });
  assert.ok(asked.versions.some(({ content }) => content.includes("-# Starts with stereo.mp3.")));
  const { tags } = readOgg(songIn(reply)!.bytes);
  assert.deepEqual([tags.get("CONTINUES"), tags.get("GENRE")], ["stereo.mp3", "jazz"]);
  assert.deepEqual(readdirSync(join(config.data, "incoming")), []);

  const longer = await discord.slash("ben", "general", "continue", { clip: clipIdIn(reply), seconds: 2 });
  await longer.reply(hasSong, patient);
  const prompt = engine.requests[1]!.request.prompt!;
  assert.deepEqual(
    prompt.map(({ length }) => length),
    [340, 85, 34],
  );
  assert.deepEqual(
    prompt.map((codes, level) => codes.subarray(0, codesOf(0.4)[level]!.length)),
    codesOf(0.4),
  );
  assert.deepEqual(discord.findings, []);
});

test("the menu of anyone's message continues the sound in it", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const picture = given("cover.png", Buffer.from("no sound"), "image/png");
  const message = discord.say("ben", "general", "listen to this", [picture, fixture("mono.ogg", "audio/ogg")]);
  await (await discord.contextMenu("ada", "general", "Continue this clip", message)).reply(hasSong, patient);
  assert.deepEqual(engine.requests[0]!.request.prompt, codesOf(0.6));
  assert.equal(engine.requests[0]!.request.seconds, 10.6);
  const silent = discord.say("ben", "general", "only a picture", [picture]);
  const refused = await discord.contextMenu("ada", "general", "Continue this clip", silent);
  assert.match((await refusalTo({ discord }, refused)).content, /nor does it have a sound file/);
  assert.deepEqual(discord.findings, []);
});

test("of a long file the beginning is taken, as much as was wanted or as songs can be long, and that is said", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const short = await discord.slash("ada", "general", "continue", { file: wav(9), prompt: 4, seconds: 1 });
  await short.reply(hasSong, patient);
  assert.deepEqual(engine.requests[0]!.request.prompt, codesOf(4));
  assert.ok(short.versions.some(({ content }) => content.includes("Starts with the first 4 s (of 9 s) of long.wav.")));
  const long = await discord.slash("ada", "general", "continue", { file: wav(70) });
  await long.reply(hasSong, patient);
  assert.deepEqual(engine.requests[1]!.request.prompt, codesOf(55));
  assert.equal(engine.requests[1]!.request.seconds, 60);
});

test("what is wrong with a file or a wish is said in words, and no song is made", async (t) => {
  const { discord, engine, config } = await aFakeTown(t);
  const cases: [Parameters<typeof discord.slash>[3], RegExp][] = [
    [
      { file: given("song.mp3", Buffer.from("no sound at all"), "audio/mpeg") },
      /"song\.mp3" is no sound file that I can/,
    ],
    [{ file: given("a*b.m4a", Buffer.from("0000ftypM4A ")) }, /"a\\\*b\.m4a" is an MPEG-4 file .* Convert it/],
    [{ file: given("quiet.wav", wavBytes(8000, [new Float32Array(8000)])) }, /"quiet\.wav" is silent/],
    [{ file: given("huge.wav", Buffer.alloc(26 * 2 ** 20)) }, /at most 25 MiB/],
    [{ file: mp3, genre: "polka" }, /I don't know the genre "polka"/],
    [{ file: mp3, prompt: 56 }, /prompt: can be 55 at most: a song can have 60 s/],
    [{ file: mp3, seconds: 60 }, /is 0\.4 s long, and a song can have 60 s\. seconds: can be 59 at most/],
    [{ file: mp3, clip: "01234567" }, /Choose either clip: or file:, not both/],
    [{ prompt: 5 }, /prompt: only works together with file:/],
  ];
  for (const [options, sentence] of cases) {
    const asked = await discord.slash("ada", "general", "continue", options);
    assert.match((await refusalTo({ discord }, asked)).content, sentence);
  }
  assert.equal(engine.requests.length, 0);
  assert.deepEqual(readdirSync(join(config.data, "incoming")), []);
});

test("of a damaged file the song goes on from what can be read, and the answer says what is missing", async (t) => {
  const { discord } = await aFakeTown(t);
  const file = given("a*b.mp3", mp3.bytes.subarray(0, 6000), "audio/mpeg");
  const asked = await discord.slash("ada", "general", "continue", { file, seconds: 1 });
  const { content } = await asked.reply(() => true, patient);
  assert.match(
    content,
    /Starts with a\\\*b\.mp3\. "a\\\*b\.mp3" ends at 0\.3 s, though it says that it lasts 0\.4 s\./,
  );
});

test("a file that Discord no longer has is asked for anew", async (t) => {
  const { discord } = await aFakeTown(t, { settings: { fileLifeMs: -10_000 } });
  const asked = await discord.slash("ada", "general", "continue", { file: mp3 });
  assert.match((await refusalTo({ discord }, asked)).content, /Discord no longer has your file\. Upload it again\./);
});

test("a user's files are listened to one at a time, and a full queue hears none", async (t) => {
  const { discord, engine } = await aFakeTown(t, { config: { QUEUE_PER_USER: "1" } });
  const [first, second] = await Promise.all([
    discord.slash("ada", "general", "continue", { file: wav(50), seconds: 1 }),
    discord.slash("ada", "general", "continue", { file: wav(50), seconds: 1 }),
  ]);
  assert.match((await refusalTo({ discord }, second)).content, /still reading another file of yours/);
  await first.reply(hasSong, patient);
  const hold = engine.holdAt(1);
  await discord.slash("ada", "general", "jukebox", { seconds: 3 });
  await hold.reached;
  const third = await discord.slash("ada", "general", "continue", { file: wav(2) });
  assert.match((await third.reply(() => true, patient)).content, /You have 1 song in the queue already/);
  hold.letGo();
});

test("a song that begins with a file goes on after a restart", async (t) => {
  const { discord, engine, bot, startBot } = await aFakeTown(t);
  const hold = engine.holdAt(1);
  const asked = await discord.slash("ada", "general", "continue", { file: mp3, seconds: 3 });
  await hold.reached;
  await bot.stop();
  await startBot();
  await asked.reply(hasSong, patient);
  const [before, after] = engine.requests;
  assert.deepEqual(after!.request, before!.request);
  assert.ok(after!.options.known![0]!.length > 40);
});

test("a clip goes on in another genre if that is wanted", async (t) => {
  const { discord, engine } = await aFakeTown(t);
  const clip = await discord.slash("ada", "general", "jukebox", { genre: "jazz", seconds: 3 });
  await clip.reply(hasSong, patient);
  await (await discord.slash("ada", "general", "continue", { genre: "rock", seconds: 1 })).reply(hasSong, patient);
  assert.deepEqual(engine.requests[1]!.request.labels.levels[0], { artist: 2, genres: [3] });
  assert.equal(engine.requests[1]!.request.prompt![0]!.length, 300);
  const choices = await discord.autocomplete("ada", "general", "continue", { option: "genre", value: "ju" });
  assert.equal(choices[0]!.name, "jungle");
});
