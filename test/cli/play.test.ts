/** The `play` program: in this process by its function, and as a process of its own from start to exit code. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { after, before, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeFile } from "../../src/audio/decode.ts";
import { openWav } from "../../src/audio/wav.ts";
import { runPlay } from "../../src/cli/play.ts";
import { UserError } from "../../src/errors.ts";
import { openCodec } from "../../src/inference/codec.ts";
import { codesFiles, originOf, writeCodes } from "../../src/inference/codes-file.ts";
import { promptSamples } from "../../src/inference/encode.ts";
import type { Engine, SongRequest } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { openModelFolder, writeModelFolder } from "../../src/model/folder.ts";
import { steadyCard, steadyEngine, steadyValue } from "../fakes/steady-engine.ts";
import { attentiveConfig, attentiveStore, text as words } from "../support/attentive.ts";
import { temporaryFolder } from "../support/folder.ts";
import { tinyConfig, writeTinyModel } from "../support/model.ts";
import { readOgg } from "../support/ogg.ts";

/** Runs the program's function; what it wrote, and how it ended. */
async function run(words: string[], open = async () => steadyEngine()) {
  const [out, err]: [Buffer[], string[]] = [[], []];
  const stdout = new Writable({
    write(bytes, _encoding, done) {
      out.push(bytes);
      setImmediate(done);
    },
  });
  const stderr = { write: (line: string) => err.push(line) };
  const code = await runPlay(words, { openEngine: open, stdout, stderr, signal: new AbortController().signal });
  return { code, out: Buffer.concat(out), err: err.join("") };
}

const program = fileURLToPath(new URL("../../src/cli/play.ts", import.meta.url));
const model = mkdtempSync(join(tmpdir(), "jukebox-tiny-"));

before(() => writeTinyModel(model));
after(() => rmSync(model, { recursive: true }));

/** Starts the program itself, with a small model, in a folder of its own. */
function start(t: TestContext, words: string[], folder = temporaryFolder(t)) {
  const child = spawn(process.execPath, [program, "--model", model, ...words], { cwd: folder });
  t.after(() => child.kill("SIGKILL"));
  return { child, folder };
}

test("a song lands in the file that was asked for, with its tags", async (t) => {
  const path = join(temporaryFolder(t), "song.ogg");
  const { code, out, err } = await run(["genre:jazz", "seconds:3", "seed:7", "--out", path]);
  assert.deepEqual([code, out.length], [0, 0]);
  const file = readOgg(readFileSync(path));
  assert.equal(file.samples, 3 * 48_000);
  assert.equal(file.tags.get("TITLE"), "jazz by The Copper Owls, 3 s, seed 7");
  assert.match(err, /^jazz by The Copper Owls, 3 s, seed 7\n10 %: .*\n20 %: /);
  assert.match(err, /100 %: [^\n]*\n[^\n]*song\.ogg: first sound after [\d.]+ s, [\d.]+ × real time\n$/);
});

test("a song with words says when they are sung, in files beside it", async (t) => {
  const folder = temporaryFolder(t);
  const [singer, lyrics, out] = ["attentive", "lyrics.txt", "song.ogg"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeModelFolder(singer, attentiveConfig("separate"), attentiveStore("separate"));
  writeFileSync(lyrics, words);
  const options = ["--model", singer, "--out", out, "--word-times"];
  const { code, err } = await run(["seconds:4.6", "of:15", "--lyrics-file", lyrics, ...options], () =>
    openEngine(singer),
  );
  assert.equal(code, 0);
  assert.match(err, /\n1 line is sung: \S+song\.lrc and \S+song\.vtt have the times, \S+song\.png shows them\.\n$/);
  assert.match(
    readFileSync(join(folder, "song.lrc"), "utf8"),
    /\n\[00:00\.72\]The quick BROWN\n(\[[\d:.]+\]\n)?\[00:04\.\d\d\]\n$/,
  );
  assert.match(
    readFileSync(join(folder, "song.words.lrc"), "utf8"),
    /\n\[00:00\.72\]<00:00\.72>The <[\d:.]+>quick <[\d:.]+>BROWN<[\d:.]+>\n$/,
  );
  const again = ["seconds:2", "of:15", "lyrics:wwww wwww wwww", ...options];
  const kept = await run(again, () => Promise.reject(new Error("opened")));
  assert.deepEqual(
    [kept.code, kept.err],
    [1, `"${out}" exists already. Choose another name, or add --force to replace it.\n`],
  );
  const none = await run([...again, "--force"], () => openEngine(singer));
  assert.match(none.err, /\nNo line of the lyrics was recognised; \S+song\.png shows the attention\.\n$/);
});

test("lyrics that stand in a file are told, read before the model is; a model that doesn't sing says so", async (t) => {
  const folder = temporaryFolder(t);
  const [lyrics, out] = [join(folder, "lyrics.txt"), join(folder, "song.ogg")];
  writeFileSync(lyrics, "One\ntwo\n");
  const refused = await run(["--lyrics-file", lyrics]);
  assert.deepEqual(
    [refused.code, refused.err],
    [1, "This model doesn't sing: it generates music without words. Ask again without lyrics.\n"],
  );
  const singer = async () => ({ ...steadyEngine(), model: { ...steadyCard, lyrics: "v3" as const } });
  assert.equal((await run(["seconds:2", "of:30", "--lyrics-file", lyrics, "--out", out], singer)).code, 0);
  const { tags } = readOgg(readFileSync(out));
  assert.deepEqual([tags.get("LYRICS"), tags.get("OF")], ["One\ntwo", "30"]);
  const missing = await run(["--lyrics-file", "nowhere.txt"], () => Promise.reject(new Error("opened")));
  assert.deepEqual(
    [missing.code, missing.err],
    [1, 'I can\'t read the lyrics in "nowhere.txt": there is no such file.\n'],
  );
});

test("the user's files stay as they are: songs and what stands beside them never take their places", async (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("words.lrc"), "[ar:Bob]\n[00:01.00]mine\n");
  writeFileSync(at("mine.vtt"), "mine");
  mkdirSync(at("deep"));
  symlinkSync(at("words.lrc"), at("link.txt"));
  symlinkSync(folder, at("deep/up"));
  const singer = async () => ({ ...steadyEngine(), model: { ...steadyCard, lyrics: "v3" as const } });
  const words = ["seconds:2", "of:30", "seed:7", "genre:jazz"];
  for (const [out, lyrics, message] of [
    ["words.ogg", "words.lrc", /words\.lrc" is an input and would be overwritten/],
    ["WORDS.ogg", "words.lrc", /WORDS\.lrc" is an input and would be overwritten/],
    ["deep/up/words.ogg", "words.lrc", /would be overwritten/],
    ["words.ogg", "link.txt", /words\.lrc" is an input and would be overwritten/],
    ["mine.ogg", "words.lrc", /mine\.vtt" exists already/],
  ] as const)
    for (const force of out === "mine.ogg" ? [[]] : [[], ["--force"]]) {
      const { code, err } = await run([...words, "--lyrics-file", at(lyrics), "--out", at(out), ...force], singer);
      assert.equal(code, 1, out);
      assert.match(err, message);
    }
  assert.match(
    (await run([...words, "--prime", at("a.wav"), "--out", at("a.wav")])).err,
    /a\.wav" is an input and would be overwritten/,
  );
  const fine = await run([...words, "--lyrics-file", at("words.lrc"), "--out", at("song.ogg")], singer);
  assert.deepEqual([fine.code, fine.err.split("\n")[0]], [0, "Not sung: song details and time stamps."]);
  assert.equal(readFileSync(at("words.lrc"), "utf8"), "[ar:Bob]\n[00:01.00]mine\n");
  assert.equal(readFileSync(at("mine.vtt"), "utf8"), "mine");
});

test("--json ends with one line for programs", async (t) => {
  const path = join(temporaryFolder(t), "song.wav");
  const { out } = await run(["seconds:2", "seed:5", "--json", "--out", path]);
  const lines = out.toString().split("\n");
  assert.deepEqual([lines.length, lines[1]], [2, ""]);
  const report = JSON.parse(lines[0]!);
  assert.deepEqual([report.seconds, report.seed, report.out], [2, 5, path]);
  assert.ok(report.timesRealTime > 0 && report.firstSoundSeconds >= 0);
  const wav = openWav(path);
  const wanted = new Float32Array(2 * 48_000).fill(Math.round(steadyValue * 32768) / 32768);
  assert.deepEqual(wav.read(0, wav.samples), wanted);
});

test("candidates come as a file each, of the coarsest level, with the way to go on", async (t) => {
  const path = join(temporaryFolder(t), "song.ogg");
  const { code, out, err } = await run([
    "genre:jazz",
    "seconds:2",
    "seed:7",
    "--candidates",
    "3",
    "--json",
    "--out",
    path,
  ]);
  assert.equal(code, 0);
  const files = [1, 2, 3].map((number) => path.replace("song", `song-${number}`));
  assert.deepEqual(JSON.parse(out.toString()), {
    seed: 7,
    candidates: files.map((file, at) => ({ seed: 7 + at, seconds: 2, out: file })),
  });
  for (const [at, file] of files.entries()) assert.equal(readOgg(readFileSync(file)).tags.get("SEED"), `${7 + at}`);
  assert.match(err, /2: jazz by The Copper Owls, 2 s, seed 8\n/);
  assert.match(
    err,
    /song-3\.ogg\nTo generate the second in full, use the same arguments with seed:7 and --pick 2\.\n$/,
  );
});

test("a candidate that was picked is made whole under its own seed", async (t) => {
  const path = join(temporaryFolder(t), "song.ogg");
  const words = ["genre:jazz", "seconds:2", "seed:7", "--candidates", "3", "--pick", "2", "--json", "--out", path];
  const { out, err } = await run(words);
  assert.deepEqual([JSON.parse(out.toString()).seed, JSON.parse(out.toString()).out], [8, path]);
  assert.match(err, /^jazz by The Copper Owls, 2 s, seed 8\n/);
});

test("--stdout is the song in raw frames and nothing else, and keeps no file", async () => {
  const { code, out, err } = await run(["seconds:4", "seed:5", "--stdout", "--json"]);
  assert.deepEqual([code, out.length], [0, 4 * 48_000 * 4]);
  const samples = new Int16Array(out.buffer, out.byteOffset, out.length / 2);
  assert.ok(
    samples.every((value, i) => value === Math.floor(i / 1920)),
    "frame after frame, each sample its number",
  );
  assert.equal(JSON.parse(err.trim().split("\n").at(-1)!).out, undefined);
});

test("what the user can mend is said in one sentence, with exit code 1, and the engine is closed", async () => {
  let closed = 0;
  const engine = async () => steadyEngine({ closed: () => closed++ });
  assert.deepEqual(await run(["genre:jas"], engine), {
    code: 1,
    out: Buffer.alloc(0),
    err: 'I don\'t know the genre "jas". Close to it: jazz, folk rock.\n',
  });
  assert.equal(closed, 1);
  assert.match((await run(["seconds:900"])).err, /^A song lasts 1 to 60 seconds, not 900\.\n$/);
  assert.match((await run(["top-k:5/5"])).err, /^This model has 3 levels: say one number for all of them or 3, finest/);
  assert.match((await run(["top-k:5", "top-p:0.5"])).err, /^Top-k and top-p don't go together/);
  assert.match((await run(["loud"])).err, /^I don't understand "loud"/);
  assert.match(
    (await run(["seed:1", "--out", "/nowhere/song.ogg"])).err,
    /The folder for "\/nowhere\/song\.ogg" does not exist/,
  );
  const broken = await run([], async () => Promise.reject(new UserError("There is no model in models/garage.")));
  assert.deepEqual([broken.code, broken.err], [1, "There is no model in models/garage.\n"]);
});

test("a bug is not dressed up as the user's mistake", async () => {
  await assert.rejects(
    run([], async () => Promise.reject(new RangeError("off by one"))),
    /off by one/,
  );
});

test("--help explains itself without opening a model", async () => {
  const { code, out } = await run(["--help"], () => Promise.reject(new Error("opened")));
  assert.equal(code, 0);
  assert.match(out.toString(), /--stdout.*--json/s);
});

test("the program calls the file by genre and seed in the folder it was started in", async (t) => {
  const { child, folder } = start(t, ["genre:noise", "seed:3", "seconds:2", "--json"]);
  const report = JSON.parse(await text(child.stdout));
  const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
  assert.equal(code, 0);
  assert.deepEqual([report.out, report.seed], ["noise-3.ogg", 3]);
  assert.ok(report.firstSoundSeconds > 0 && report.timesRealTime > 0);
  const { samples } = readOgg(readFileSync(join(folder, "noise-3.ogg")));
  assert.ok(Math.abs(samples / 48_000 - report.seconds) < 0.001, `${samples} samples`);
  assert.deepEqual(readdirSync(folder), ["noise-3.ogg"]);
  const first = readFileSync(join(folder, "noise-3.ogg"));
  const again = start(t, ["genre:noise", "seed:3", "seconds:1", "--json"], folder);
  assert.equal(JSON.parse(await text(again.child.stdout)).out, "noise-3-2.ogg");
  assert.deepEqual(readFileSync(join(folder, "noise-3.ogg")), first);
});

const mp3 = join(import.meta.dirname, "../audio/fixtures/stereo.mp3");

test("a song that is primed begins with the codes of the file, and says so in its file", async (t) => {
  const path = join(temporaryFolder(t), "song.ogg");
  const engine = steadyEngine();
  const requests: SongRequest[] = [];
  const open = async (): Promise<Engine> => ({
    ...engine,
    generate(request, options) {
      requests.push(request);
      return engine.generate(request, options);
    },
  });
  const words = ["seconds:2", "--prime", mp3, "--prime-seconds", "0.25", "--out", path];
  assert.equal((await run(words, open)).code, 0);
  const expected = (await engine.encode(mp3, { maxSeconds: 0.25 })).codes;
  assert.equal(expected[0]!.length, Math.floor((0.25 * 48_000) / 128) * 8);
  assert.deepEqual(requests[0]!.prompt, expected);
  assert.equal(requests[0]!.seconds, 2);
  assert.equal(readOgg(readFileSync(path)).tags.get("CONTINUES"), "stereo.mp3");
  const nothingLeft = await run(["seconds:5", "--prime", mp3], open);
  assert.match(nothingLeft.err, /A song of 5 s that begins with 5 s of a file leaves nothing to generate\./);
  assert.match((await run(["--prime", "nothing.mp3"], open)).err, /There is no file "nothing\.mp3"\./);
});

test("a primed song sounds like the file as the finest level knows it", async (t) => {
  const { child, folder } = start(t, ["seed:3", "seconds:2", "--prime", mp3, "--prime-seconds=0.4", "--out=song.wav"]);
  child.stderr.resume();
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  const { store } = await openModelFolder(model, "vqvae");
  const { sampleRate, vqvae: size } = tinyConfig;
  const options = { sampleRate, maxSeconds: 0.4, longer: "cut" } as const;
  const [sound] = (await decodeFile(mp3, options)).channels;
  const codec = await openCodec(0, { size, store, threads: 1 });
  const reconstruct = await codec.reconstruct(sound!.subarray(0, promptSamples(sound!.length, size)));
  await codec.close();
  const heard = openWav(join(folder, "song.wav")).read(0, reconstruct.length);
  const reach = 1000; // near its end the copy hears that nothing follows
  for (const [at, value] of reconstruct.subarray(0, -reach).entries())
    assert.ok(Math.abs(heard[at]! - Math.max(-1, Math.min(1, value))) < 1e-4, `sample ${at}`);
});

test("the program's candidates are the songs of their seeds, coarse at first, and whole when picked", async (t) => {
  const words = ["genre:noise", "seconds:2", "top-p:0.9", "hop:0.5/0.5/0.25"];
  const { child, folder } = start(t, [...words, "seed:3", "--candidates", "2"]);
  child.stderr.resume();
  await once(child, "exit");
  assert.deepEqual(readdirSync(folder), ["noise-3-1.ogg", "noise-3-2.ogg"]);
  for (const more of [
    ["seed:3", "--candidates", "2", "--pick", "2", "--out", "picked.wav"],
    ["seed:4", "--out", "plain.wav"],
  ]) {
    const { child } = start(t, [...words, ...more], folder);
    child.stderr.resume();
    assert.deepEqual(await once(child, "exit"), [0, null]);
  }
  const [picked, plain] = ["picked.wav", "plain.wav"].map((name) => readFileSync(join(folder, name)));
  assert.deepEqual(picked, plain);
});

test("codes are kept, gone on from, and upsampled: from its own coarsest codes a song is the same file again", async (t) => {
  const words = ["genre:noise", "artist:The Sample Tones", "seed:3"];
  const folder = temporaryFolder(t);
  const make = async (...more: string[]) => {
    const { child } = start(t, [...words, ...more], folder);
    child.stderr.resume();
    assert.deepEqual(await once(child, "exit"), [0, null]);
  };
  await make("seconds:2", "--codes=song.codes.json", "--out=song.wav");
  await make("--upsample=song.codes.json", "--codes=again.safetensors", "--out=again.wav");
  await make("seconds:3", "--continue=again.safetensors", "--codes=longer.codes.json", "--out=longer.ogg");
  const bytes = (name: string) => readFileSync(join(folder, name));
  assert.deepEqual(bytes("again.wav"), bytes("song.wav"));

  const files = await codesFiles(model);
  const [song, again, longer] = ["song.codes.json", "again.safetensors", "longer.codes.json"].map((name) =>
    files.read(join(folder, name)),
  );
  assert.deepEqual([...again!.codes], [...song!.codes]);
  for (const [level, codes] of longer!.codes)
    assert.deepEqual(codes.subarray(0, song!.codes.get(level)!.length), song!.codes.get(level));
  assert.ok(longer!.seconds > 2.99 && song!.seconds < 2);
  assert.equal(readOgg(bytes("longer.ogg")).tags.get("CONTINUES"), "again.safetensors");
});

test("what can't be a beginning is said in a sentence, before a model is opened", async (t) => {
  const never = () => Promise.reject(new Error("opened"));
  const words = ["--model", model];
  assert.match((await run([...words, "--continue", "nothing.json"], never)).err, /There is no file "nothing\.json"/);
  const coarse = join(temporaryFolder(t), "coarse.codes.json");
  const { config, store } = await openModelFolder(model, "vqvae");
  writeCodes(coarse, { ...originOf(config, store), seconds: 2, codes: new Map([[2, new Uint16Array(345)]]) });
  assert.match(
    (await run([...words, "--continue", coarse], never)).err,
    /coarse\.codes\.json" has no codes of level 0\./,
  );
  const upsampled = await run([...words, "--upsample", coarse, "--json", "--out", `${coarse}.ogg`]);
  assert.equal(JSON.parse(upsampled.out.toString()).seconds, 2.003, "it is as long as its codes");
});

test("a disk that fills up is told in a sentence, and nothing remains", async (t) => {
  const folder = temporaryFolder(t);
  symlinkSync("/dev/full", join(folder, "song.ogg.part")); // every write to it finds the disk full
  const { child } = start(t, ["seed:3", "seconds:2", "--out", "song.ogg"], folder);
  const errors = text(child.stderr);
  const [code] = await once(child, "exit");
  assert.equal(code, 1);
  assert.match(await errors, /^There is no room left on the disk for "song\.ogg"\./m);
  assert.deepEqual(readdirSync(folder), []);
});

test("Ctrl-C ends the program with 130 and leaves no file", async (t) => {
  const { child, folder } = start(t, ["seed:3", "seconds:60", "--stdout", "--out", "song.wav"]);
  const errors = text(child.stderr);
  await once(child.stdout, "readable"); // the song is under way, and stops at a full pipe
  assert.deepEqual(readdirSync(folder), ["song.wav.part"]);
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  assert.equal(code, 130);
  child.stdout.resume();
  assert.deepEqual(readdirSync(folder), []);
  assert.doesNotMatch(await errors, /Error/);
});

test("a reader that hangs up ends the program quietly", async (t) => {
  const { child } = start(t, ["seed:3", "seconds:60", "--stdout"]);
  const errors = text(child.stderr);
  await once(child.stdout, "readable");
  child.stdout.destroy();
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  assert.doesNotMatch(await errors, /Error|EPIPE/);
});

test("a full disk behind standard output ends the program with a sentence", async (t) => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [program, "--model", model, "seed:3", "seconds:60", "--stdout"], {
    cwd: temporaryFolder(t),
    stdio: ["ignore", full, "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  closeSync(full);
  const errors = text(child.stderr!); // spawned with a pipe
  const [code] = await once(child, "exit");
  assert.equal(code, 1);
  assert.match(await errors, /^There is no room left on the disk for "standard output"\./m);
  assert.doesNotMatch(await errors, /Error/);
});

test("a reader that comes late gets every byte", async (t) => {
  const { child } = start(t, ["seed:3", "seconds:8", "--stdout", "--out", "song.wav"]);
  child.stderr.resume();
  await once(child.stdout, "readable");
  const sound = await buffer(child.stdout);
  assert.equal(sound.length, 8 * 48_000 * 4);
  assert.ok(sound.some((byte) => byte !== 0));
});
