/** The store's file: full, damaged, of another version, or in use by another process. */
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { DiskError, UserError } from "../../src/errors.ts";
import { codesIn } from "../../src/store/codes.ts";
import { codesJournal } from "../../src/store/codes-journal.ts";
import { jobsIn } from "../../src/store/jobs.ts";
import { lockFolder } from "../../src/store/lock.ts";
import { migrations } from "../../src/store/migrations.ts";
import { atomically, openDatabase } from "../../src/store/schema.ts";
import { openStore } from "../../src/store/store.ts";
import { anEarlierRequest, aRequest } from "../fakes/request.ts";
import { temporaryFolder } from "../support/folder.ts";

const pathFor = (t: TestContext) => join(temporaryFolder(t), "store.db");
const many = new Uint16Array(50_000);

/** A database that takes no more pages until it is given room. */
function fullDatabase(t: TestContext) {
  const database = openDatabase(pathFor(t));
  t.after(() => database.close());
  const pages = Number(database.prepare("PRAGMA page_count").get()?.page_count);
  const limit = (most: number) => database.exec(`PRAGMA max_page_count = ${most}`);
  limit(pages + 1);
  return { database, giveRoom: () => limit(1_000_000) };
}

const isFull = (error: unknown) => error instanceof Error && "errcode" in error && error.errcode === 13;

test("a write that finds the disk full leaves nothing of its transaction, and the next one works", (t) => {
  const { database, giveRoom } = fullDatabase(t);
  const jobs = jobsIn(database);
  const prompt = { file: "mine.mp3", seconds: 0.1, codes: [many.length] };
  const job = { id: "large", request: aRequest({ prompt }) };
  assert.throws(() => jobs.add(job, [many]), isFull);
  assert.equal(database.isTransaction, false);
  assert.deepEqual(jobs.open(), []);
  giveRoom();
  jobs.add(job, [many]);
  assert.deepEqual(codesIn(database).of("large"), [many]);
});

test("a transaction that could not be rolled back does not swallow the next one", (t) => {
  const path = pathFor(t);
  const database = openDatabase(path);
  database.exec("BEGIN");
  atomically(database, () => jobsIn(database).add({ id: "kept", request: aRequest() }));
  database.close();
  const store = openStore(path);
  t.after(() => store.close());
  assert.deepEqual(
    store.jobs.open().map(({ id }) => id),
    ["kept"],
  );
});

test("codes that the disk would not take are stored when there is room, in order", (t) => {
  const { database, giveRoom } = fullDatabase(t);
  const errors: unknown[] = [];
  const book = codesJournal(codesIn(database), "song", { everyMs: 0, onError: (error) => errors.push(error) });
  book.write({ level: 0, from: 0, codes: many });
  book.write({ level: 0, from: many.length, codes: many });
  book.played(3);
  assert.ok(errors.length === 1 && isFull(errors[0]), "told once");
  assert.throws(() => book.save(), isFull);
  giveRoom();
  book.save();
  assert.equal(codesIn(database).of("song")[0]?.length, 2 * many.length);
});

/** A store with jobs and codes, long enough to be cut. */
function largeStore(t: TestContext): string {
  const path = pathFor(t);
  const store = openStore(path);
  for (let job = 0; job < 20; job++) {
    store.jobs.add({ id: `job ${job}`, request: aRequest() });
    store.codes.append(`job ${job}`, [{ level: 0, from: 0, codes: many }]);
  }
  store.close();
  return path;
}

test("damage that shows only later is told with the store's path", (t) => {
  const path = largeStore(t);
  const store = openStore(path);
  t.after(() => store.close());
  truncateSync(path, 4096 * 12);
  assert.throws(
    () => store.codes.of("job 19"),
    (error) => error instanceof DiskError && error.trouble === "damaged" && error.message.includes(path),
  );
});

test("a truncated store is told in one sentence, its copy is kept, and an empty one takes its place", (t) => {
  const whole = largeStore(t);
  for (const bytes of [50, 4096, 4096 * 3 + 7, Math.floor(statSync(whole).size / 2), statSync(whole).size - 4096]) {
    const path = pathFor(t);
    copyFileSync(whole, path);
    truncateSync(path, bytes);
    const damaged = readFileSync(path);
    const told: string[] = [];
    const store = openStore(path, { onDamage: (sentence) => told.push(sentence) });
    store.jobs.add({ id: "new", request: aRequest() });
    assert.deepEqual(
      store.jobs.open().map(({ id }) => id),
      ["new"],
      `${bytes} bytes`,
    );
    store.close();
    const copy = readdirSync(dirname(path)).find((name) => name.includes(".damaged."))!;
    assert.deepEqual(readFileSync(join(dirname(path), copy)), damaged);
    assert.equal(told.length, 1);
    assert.ok(told[0]!.includes(path) && told[0]!.includes(copy));
  }
});

test("a job or a clip whose row is damaged is left out and told, and the others stay", (t) => {
  const path = pathFor(t);
  const store = openStore(path);
  for (const id of ["good", "cut", "foreign"]) {
    const job = { id, request: aRequest() };
    store.jobs.add(job);
    store.clips.add(job, { path: `/songs/${id}.ogg`, bytes: 9, seconds: 4, peaks: [] }, 0);
  }
  store.close();
  const database = new DatabaseSync(path);
  for (const table of ["jobs", "clips"])
    database.exec(`UPDATE ${table} SET request = substr(request, 1, 20) WHERE id = 'cut';
      UPDATE ${table} SET request = '{"song": 7}' WHERE id = 'foreign'`);
  database.close();
  const told: string[] = [];
  const again = openStore(path, { onDamage: (sentence) => told.push(sentence) });
  t.after(() => again.close());
  assert.deepEqual(
    again.jobs.open().map(({ id }) => id),
    ["good"],
  );
  assert.deepEqual(
    again.clips.kept().map(({ id }) => id),
    ["good"],
  );
  assert.equal(told.length, 4);
  assert.throws(
    () => again.clips.find("1", { id: "cut" }),
    (error) => error instanceof DiskError && error.trouble === "damaged",
  );
});

/** A store as version 1 wrote it, with a job and a clip that have labels of their time. */
function firstVersion(t: TestContext): string {
  const path = pathFor(t);
  const database = new DatabaseSync(path);
  database.exec(`${migrations[0]}; PRAGMA user_version = 1;`);
  const request = anEarlierRequest();
  database.prepare("INSERT INTO jobs (id, request, heard_seconds) VALUES ('job', ?, 2.5)").run(request);
  database.prepare("INSERT INTO codes VALUES ('job', 0, 0, ?)").run(Uint8Array.of(1, 0, 255, 255));
  database
    .prepare(
      `INSERT INTO clips (id, guild, channel, user, message, state, request, seconds, peaks, path, bytes, created)
       VALUES ('clip', '1', '10', '100', '555', 'posted', ?, 4, '[0.5]', '/songs/clip.ogg', 9, 7)`,
    )
    .run(request);
  database.prepare("INSERT INTO settings VALUES ('process', '123'), ('commands of 1', 'hash')").run();
  database.close();
  return path;
}

test("a store of version 1 is brought up to date with all that is in it", (t) => {
  const path = firstVersion(t);
  const store = openStore(path);
  const [job] = store.jobs.open();
  const { tokenEndsAt } = job!.request.reply;
  assert.deepEqual(job!.request, aRequest({ tokenEndsAt }));
  assert.equal(store.codes.playedSeconds("job"), 2.5);
  assert.deepEqual(store.codes.of("job"), [Uint16Array.of(1, 65_535)]);
  const clip = store.clips.find("1", { messageId: "555" });
  assert.deepEqual([clip?.id, clip?.state, clip?.peaks, clip?.createdAt], ["clip", "posted", [0.5], 7]);
  assert.equal(store.settings.get("commands of 1"), "hash");
  store.close();
  const copy = readdirSync(dirname(path)).find((name) => name.startsWith("store.db.version-1."))!;
  const before = new DatabaseSync(join(dirname(path), copy), { readOnly: true });
  assert.equal(before.prepare("PRAGMA user_version").get()?.user_version, 1);
  assert.match(String(before.prepare("SELECT request FROM jobs").get()?.request), /"labels"/);
  before.close();
});

test("the order of a request is stored apart from the reply, with everything that either had", (t) => {
  const path = pathFor(t);
  const database = new DatabaseSync(path);
  database.exec(`${migrations.slice(0, 2).join(";")}; PRAGMA user_version = 2;`);
  const insert = database.prepare("INSERT INTO jobs (id, request) VALUES (?, ?)");
  const prompt = { clipId: "3f2a91c0.2", seconds: 2, codes: [200, 50, 20] };
  const { order, reply } = aRequest({ prompt, candidates: 3 });
  insert.run("warned", JSON.stringify({ ...order, reply, warning: 'a "warning"' }));
  insert.run("plain", JSON.stringify({ ...order, reply }));
  insert.run("lost", JSON.stringify(order));
  insert.run("cut", '{"song":');
  database.close();
  const damaged: string[] = [];
  const store = openStore(path, { onDamage: (sentence) => damaged.push(sentence) });
  t.after(() => store.close());
  assert.deepEqual(store.jobs.open(), [
    { id: "warned", request: { order, reply, warning: 'a "warning"' } },
    { id: "plain", request: { order, reply } },
  ]);
  assert.deepEqual(
    damaged.map((sentence) => /Song (\w+)/.exec(sentence)?.[1]),
    ["lost", "cut"],
  );
});

test("a step that fails leaves the store as it was before it, and a copy of each version on the way", (t) => {
  const path = firstVersion(t);
  const steps = [...migrations, "ALTER TABLE jobs ADD COLUMN more TEXT", "UPDATE jobs SET id = 'x'; SELECT nonsense"];
  assert.throws(() => openDatabase(path, { steps }), UserError);
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  assert.equal(database.prepare("PRAGMA user_version").get()?.user_version, migrations.length + 1);
  assert.equal(database.prepare("SELECT id FROM jobs").get()?.id, "job");
  const copies = readdirSync(dirname(path)).flatMap((name) => /version-(\d)\.[^.]*$/.exec(name)?.[1] ?? []);
  assert.deepEqual(copies.sort(), ["1", "2", "3", "4"]);
});

test("a store of a newer version, and another program's database, are refused and stay as they are", (t) => {
  for (const [version, pattern] of [
    [migrations.length + 1, /newer jukebox-bot/],
    [0, /another program/],
  ] as const) {
    const path = pathFor(t);
    const database = new DatabaseSync(path);
    database.exec(`CREATE TABLE theirs (id); PRAGMA user_version = ${version}`);
    database.close();
    const before = readFileSync(path);
    assert.throws(
      () => openStore(path, { onDamage: () => assert.fail("it is whole") }),
      (error) => error instanceof UserError && pattern.test(error.message),
    );
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
  }
});

test("a folder is locked for one at a time, whatever its lock file holds", (t) => {
  const folder = temporaryFolder(t);
  const lock = lockFolder(folder);
  assert.throws(() => lockFolder(folder), UserError);
  lock.release();
  lockFolder(folder).release();
  writeFileSync(join(folder, "lock"), "123");
  lockFolder(folder).release();
});
