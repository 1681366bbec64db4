/** The store keeps what was committed, drops the oldest first, and keeps guilds apart. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import type { Clip } from "../../src/store/clips.ts";
import { candidateId } from "../../src/store/codes.ts";
import { codesJournal } from "../../src/store/codes-journal.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { aRequest } from "../fakes/request.ts";
import { temporaryFolder } from "../support/folder.ts";

const codes = (...numbers: number[]) => Uint16Array.from(numbers);

function storeFor(t: Parameters<typeof temporaryFolder>[0]): { store: Store; path: string } {
  const path = join(temporaryFolder(t), "store.db");
  const store = openStore(path);
  t.after(() => store.close());
  return { store, path };
}

/** A clip of one guild, made at a time, with a file of so many bytes and 4 bytes of codes. */
function addClip(store: Store, id: string, { createdAt = 0, bytes = 96, guildId = "1" } = {}): Clip {
  const job = { id, request: aRequest({ guildId }) };
  store.jobs.add(job);
  store.codes.append(id, [{ level: 0, from: 0, codes: codes(5, 6) }]);
  const clip = store.clips.add(job, { path: `/songs/${id}.ogg`, bytes, seconds: 4, peaks: [0.5, 1] }, createdAt);
  store.jobs.remove(id);
  return clip;
}

test("codes come back by level, in order, however they were cut", (t) => {
  const { store } = storeFor(t);
  store.codes.append("song", [
    { level: 2, from: 0, codes: codes(1, 65_535) },
    { level: 0, from: 0, codes: codes(9) },
    { level: 2, from: 2, codes: codes(3) },
  ]);
  store.codes.append("song", [{ level: 0, from: 1, codes: codes(8, 7) }]);
  assert.deepEqual(store.codes.of("song"), [codes(9, 8, 7), codes(), codes(1, 65_535, 3)]);
});

test("codes after a missing piece are not used", (t) => {
  const { store } = storeFor(t);
  store.codes.append("song", [
    { level: 0, from: 0, codes: codes(1, 2) },
    { level: 0, from: 3, codes: codes(4) },
  ]);
  assert.deepEqual(store.codes.of("song"), [codes(1, 2)]);
});

test("a killed process loses no code that was stored, nor the job", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "store.db");
  const child = spawn(process.execPath, [join(import.meta.dirname, "../fakes/writer.ts"), path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data"); // it told how many codes it has stored by now
  child.kill("SIGKILL");
  await once(child, "exit");
  const told = Number(String(line).trim().split("\n").at(-1));

  const store = openStore(path);
  t.after(() => store.close());
  const [job] = store.jobs.open();
  assert.equal(job?.id, "endless");
  assert.deepEqual(job?.request.order.song.genre, "jazz");
  const [finest] = store.codes.of("endless");
  assert.ok(told >= 100, `the writer told ${told}`);
  assert.ok(finest !== undefined && finest.length >= told, `${finest?.length} stored, ${told} told`);
  assert.ok(finest.every((code, index) => code === index % 2048));
  assert.equal(store.codes.playedSeconds("endless") > 0, true);
});

test("a job that begins with a file has the file's codes, until they are a clip's or nobody's", (t) => {
  const { store } = storeFor(t);
  const prompt = { file: "mine.mp3", seconds: 0.1, codes: [3, 1] };
  const job = { id: "new", request: aRequest({ prompt }) };
  store.jobs.add(job, [codes(7, 8, 9), codes(65_535)]);
  assert.deepEqual(store.codes.of("new"), [codes(7, 8, 9), codes(65_535)]);
  assert.deepEqual(store.jobs.open()[0]!.request.order.prompt, prompt);
  store.codes.append("new", [{ level: 0, from: 3, codes: codes(4) }]);
  assert.deepEqual(store.codes.of("new"), [codes(7, 8, 9, 4), codes(65_535)]);
  store.jobs.remove("new");
  assert.deepEqual(store.codes.of("new"), []);
});

test("a job begins with a copy of its prompt's codes", (t) => {
  const { store } = storeFor(t);
  addClip(store, "old");
  const prompt = { clipId: "old", seconds: 4, codes: [2] };
  store.jobs.add({ id: "new", request: aRequest({ prompt }) });
  store.clips.drop("old");
  assert.deepEqual(store.codes.of("new"), [codes(5, 6)]);
  assert.deepEqual(store.codes.of("old"), []);
});

test("a job that comes to nothing leaves no codes, a clip keeps them", (t) => {
  const { store } = storeFor(t);
  store.jobs.add({ id: "stopped", request: aRequest() });
  store.codes.append("stopped", [{ level: 0, from: 0, codes: codes(1) }]);
  store.jobs.remove("stopped");
  addClip(store, "whole");
  assert.deepEqual(store.codes.of("stopped"), []);
  assert.deepEqual(store.codes.of("whole"), [codes(5, 6)]);
  assert.deepEqual(store.jobs.open(), []);
});

/** Two candidates of one guild, with 4 bytes of codes each, the second in two pieces. */
function addCandidates(store: Store, id: string): Clip {
  const job = { id, request: aRequest({ candidates: 2 }) };
  store.jobs.add(job);
  store.codes.append(candidateId(id, 1), [{ level: 2, from: 0, codes: codes(1, 2) }]);
  for (const from of [0, 1]) store.codes.append(candidateId(id, 2), [{ level: 2, from, codes: codes(3 + from) }]);
  const clip = store.clips.add(job, { path: `/songs/${id}`, bytes: 96, seconds: 4, peaks: [] }, 0);
  store.jobs.remove(id);
  return clip;
}

test("a clip of candidates holds the codes of all of them, and they go with it", (t) => {
  const { store } = storeFor(t);
  addClip(store, "aa");
  addClip(store, "aa0");
  assert.equal(addCandidates(store, "bb").bytes, 104);
  assert.deepEqual(store.codes.of("bb.2"), [codes(), codes(), codes(3, 4)]);
  store.clips.drop("bb");
  assert.deepEqual([store.codes.of("bb.1"), store.codes.of("bb.2")], [[], []]);
  assert.deepEqual(store.codes.of("aa"), [codes(5, 6)]);
  assert.deepEqual(store.codes.of("aa0"), [codes(5, 6)]);
});

test("candidates that come to nothing leave no codes", (t) => {
  const { store } = storeFor(t);
  store.jobs.add({ id: "stopped", request: aRequest({ candidates: 2 }) });
  store.codes.append("stopped.2", [{ level: 2, from: 0, codes: codes(1) }]);
  store.jobs.remove("stopped");
  assert.deepEqual(store.codes.of("stopped.2"), []);
});

test("a job that a candidate was picked for begins with a copy of its codes", (t) => {
  const { store } = storeFor(t);
  addCandidates(store, "set");
  const prompt = { clipId: candidateId("set", 2), seconds: 0, codes: [0, 0, 2] };
  store.jobs.add({ id: "picked", request: aRequest({ prompt }) });
  store.clips.drop("set");
  assert.deepEqual(store.codes.of("picked"), [codes(), codes(), codes(3, 4)]);
});

test("clips over the size are dropped, oldest first, with their files and codes", (t) => {
  const { store } = storeFor(t);
  for (const [index, id] of ["a", "b", "c", "d"].entries()) addClip(store, id, { createdAt: index });
  const files = store.clips.tidy({ maxAgeMs: 1000, maxBytes: 200 }, 10);
  assert.deepEqual(files, ["/songs/a.ogg", "/songs/b.ogg"]);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((id) => store.clips.find("1", { id })?.state),
    ["dropped", "dropped", "kept", "kept"],
  );
  assert.deepEqual(store.codes.of("b"), []);
  assert.deepEqual(store.codes.of("c"), [codes(5, 6)]);
  assert.deepEqual(store.clips.tidy({ maxAgeMs: 1000, maxBytes: 200 }, 10), []);
});

test("clips over the age are dropped, and after a year their names too", (t) => {
  const { store } = storeFor(t);
  addClip(store, "old", { createdAt: 0 });
  addClip(store, "young", { createdAt: 5000 });
  assert.deepEqual(store.clips.tidy({ maxAgeMs: 1000, maxBytes: 10_000 }, 5500), ["/songs/old.ogg"]);
  assert.equal(store.clips.find("1", { id: "old" })?.state, "dropped");
  store.clips.tidy({ maxAgeMs: 1000, maxBytes: 10_000 }, 400 * 24 * 3600 * 1000);
  assert.equal(store.clips.find("1", { id: "old" }), undefined);
});

test("a clip whose job still sounds is not dropped", (t) => {
  const { store } = storeFor(t);
  const job = { id: "loud", request: aRequest() };
  store.jobs.add(job);
  store.clips.add(job, { path: "/songs/loud.ogg", bytes: 999, seconds: 4, peaks: [] }, 0);
  assert.deepEqual(store.clips.tidy({ maxAgeMs: 1, maxBytes: 1 }, 1000), []);
});

test("a guild never sees another guild's clip", (t) => {
  const { store } = storeFor(t);
  addClip(store, "ours", { guildId: "1" });
  store.clips.posted("ours", "10", "555");
  assert.equal(store.clips.find("1", { id: "ours" })?.messageId, "555");
  assert.equal(store.clips.find("1", { messageId: "555" })?.id, "ours");
  assert.equal(store.clips.newest("1", "10")?.id, "ours");
  assert.equal(store.clips.find("2", { id: "ours" }), undefined);
  assert.equal(store.clips.find("2", { messageId: "555" }), undefined);
  assert.equal(store.clips.newest("2", "10"), undefined);
  assert.deepEqual(store.clips.kept({ guildId: "2", userId: "100" }), []);
});

test("a clip made again after a restart stays posted", (t) => {
  const { store } = storeFor(t);
  addClip(store, "twice");
  store.clips.posted("twice", "10", "555");
  const again = addClip(store, "twice", { bytes: 50 });
  assert.deepEqual([again.state, again.messageId, again.bytes], ["posted", "555", 54]);
});

test("the newest clip of a channel is the last one posted there", (t) => {
  const { store } = storeFor(t);
  for (const id of ["first", "second", "third"]) addClip(store, id);
  store.clips.posted("first", "10", "501");
  store.clips.posted("second", "10", "502");
  addCandidates(store, "set");
  store.clips.posted("set", "10", "503"); // which are no song
  assert.equal(store.clips.newest("1", "10")?.id, "second");
  assert.deepEqual(
    store.clips.kept().map((clip) => clip.id),
    ["third"],
  );
});

test("a notebook stores all it was given, in few transactions", (t) => {
  const { store } = storeFor(t);
  store.jobs.add({ id: "song", request: aRequest() });
  let transactions = 0;
  const counting = {
    ...store.codes,
    append: (...args: Parameters<typeof store.codes.append>) => {
      transactions++;
      store.codes.append(...args);
    },
  };
  const book = codesJournal(counting, "song", { everyMs: 3_600_000 });
  for (let code = 0; code < 100; code++) book.write({ level: 0, from: code, codes: codes(code) });
  book.played(9.5);
  assert.equal(transactions, 0);
  book.flush();
  book.flush();
  assert.equal(transactions, 1);
  assert.deepEqual(
    store.codes.of("song")[0],
    Uint16Array.from({ length: 100 }, (_, index) => index),
  );
});

test("the status message of a job is remembered with it", (t) => {
  const { store } = storeFor(t);
  store.jobs.add({ id: "job", request: aRequest() });
  store.jobs.setStatus("job", { via: "channel", id: "77" });
  store.jobs.setStatus("nobody", { via: "token", id: "78" });
  assert.deepEqual(store.jobs.request("job")?.reply.status, { via: "channel", id: "77" });
  assert.equal(store.jobs.open().length, 1);
});

test("a file that is no store is refused in words", (t) => {
  const path = join(temporaryFolder(t), "store.db");
  writeFileSync(path, "this is not a database, it is a letter to whoever finds it ".repeat(40));
  assert.throws(
    () => openStore(path),
    (error) => error instanceof UserError && error.message.includes(path),
  );
});
