/** The queue's order, bounds, cancelling and restart, over a real store. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { Cancelled, Closing, type Job, type JobState } from "../../src/queue/job.ts";
import { LocalQueue, type Turn } from "../../src/queue/queue.ts";
import { openStore } from "../../src/store/store.ts";
import { aRequest } from "../fakes/request.ts";
import { temporaryFolder } from "../support/folder.ts";

interface Begun {
  readonly job: Job;
  readonly turn: Turn;
  readonly end: (outcome?: { note?: string }) => void;
  readonly fail: (error: unknown) => void;
}

/** A queue whose jobs last until the test ends them. */
function queueFor(t: TestContext, { waiting = 10, perUser = 10, path = join(temporaryFolder(t), "store.db") } = {}) {
  const store = openStore(path);
  const begun: Begun[] = [];
  const perform = (job: Job, turn: Turn) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ note?: string }>();
    turn.signal.addEventListener("abort", () => reject(turn.signal.reason));
    begun.push({ job, turn, end: (outcome = {}) => resolve(outcome), fail: reject });
    return promise;
  };
  const queue = new LocalQueue(store.jobs, perform, { waiting, perUser });
  t.after(() => store.close());
  return { queue, begun, store, path };
}

const names = (begun: readonly Begun[]) => begun.map(({ job }) => job.request.song.seed);
const ahead = (job: Job) => (job.state.status === "waiting" ? job.state.ahead : undefined);
async function lastState(job: Job): Promise<JobState> {
  let last = job.state;
  for await (const state of job.states()) last = state;
  return last;
}

test("songs are made one at a time, in order", async (t) => {
  const { queue, begun } = queueFor(t);
  const jobs: Job[] = [];
  for (const seed of [1, 2, 3]) jobs.push(await queue.add(aRequest({ seed })));
  assert.deepEqual(names(begun), [1]);
  assert.deepEqual(jobs.slice(1).map(ahead), [1, 2]);
  begun[0]?.end();
  await lastState(jobs[0]!);
  assert.deepEqual(names(begun), [1, 2]);
});

test("as many songs are made at once as there is capacity for, one in a guild, and only while another is admitted", async (t) => {
  const { store } = queueFor(t);
  const begun: number[] = [];
  let admitted = true;
  const perform = (job: Job, turn: Turn) => {
    begun.push(job.request.song.seed);
    return new Promise<never>((_, reject) => turn.signal.addEventListener("abort", () => reject(turn.signal.reason)));
  };
  const limits = { waiting: 10, perUser: 10, capacity: 3, admits: () => admitted };
  const queue = new LocalQueue(store.jobs, perform, limits);
  for (const [seed, guildId] of [
    [1, "a"],
    [2, "a"],
    [3, "b"],
  ] as const)
    await queue.add(inGuild(seed, guildId));
  assert.deepEqual(begun, [1, 3]);
  admitted = false;
  await queue.add(inGuild(4, "c"));
  assert.deepEqual(begun, [1, 3]);
  admitted = true;
  await queue.add(inGuild(5, "d"));
  assert.deepEqual(begun, [1, 3, 4], "the first that waits, and no more than three");
  await queue.close();
});

const inGuild = (seed: number, guildId: string) => {
  const request = aRequest({ seed });
  return { ...request, reply: { ...request.reply, guildId } };
};

test("cancelling a waiting job moves the others up", async (t) => {
  const { queue, begun, store } = queueFor(t);
  const jobs: Job[] = [];
  for (const seed of [1, 2, 3, 4]) jobs.push(await queue.add(aRequest({ seed })));
  assert.deepEqual(jobs.slice(1).map(ahead), [1, 2, 3]);
  assert.equal(await queue.cancel("1", jobs[1]!.id), true);
  assert.deepEqual(await lastState(jobs[1]!), { status: "cancelled" });
  assert.deepEqual(jobs.slice(2).map(ahead), [1, 2]);
  assert.deepEqual(names(begun), [1]);
  assert.equal(store.jobs.open().length, 3);
});

test("cancelling the song being made aborts it and begins the next", async (t) => {
  const { queue, begun } = queueFor(t);
  const first = await queue.add(aRequest({ seed: 1 }));
  await queue.add(aRequest({ seed: 2 }));
  await queue.cancel("1", first.id);
  assert.deepEqual(await lastState(first), { status: "cancelled" });
  assert.ok(begun[0]?.turn.signal.reason instanceof Cancelled);
  assert.equal(begun[0]?.turn.closing.aborted, false);
  assert.deepEqual(names(begun), [1, 2]);
});

test("a job of another guild can't be cancelled nor seen", async (t) => {
  const { queue } = queueFor(t);
  const job = await queue.add(aRequest({ guildId: "1" }));
  assert.equal(await queue.cancel("2", job.id), false);
  assert.equal(await queue.cancel("1", "no such job"), false);
  assert.deepEqual(await queue.list("2"), []);
  assert.deepEqual(await queue.list("1"), [job]);
});

test("once a song is made another guild's is begun, its own guild's when it has sounded", async (t) => {
  const { queue, begun } = queueFor(t);
  await queue.add(aRequest({ seed: 1, guildId: "1" }));
  const second = await queue.add(aRequest({ seed: 2, guildId: "1" }));
  await queue.add(aRequest({ seed: 3, guildId: "2" }));
  assert.deepEqual(names(begun), [1]);
  begun[0]?.turn.made();
  assert.deepEqual(names(begun), [1, 3]);
  begun[1]?.turn.made();
  assert.deepEqual(names(begun), [1, 3]);
  assert.equal(ahead(second), 0);
  begun[0]?.end();
  await lastState(begun[0]!.job);
  assert.deepEqual(names(begun), [1, 3, 2]);
});

test("too many waiting jobs are refused, of one user and of all", async (t) => {
  const { queue, store } = queueFor(t, { waiting: 2, perUser: 2 });
  for (const userId of ["1", "1", "2"]) await queue.add(aRequest({ userId }));
  await assert.rejects(queue.add(aRequest({ userId: "1" })), (error) => {
    return error instanceof UserError && /You have 2 songs in the queue/.test(error.message);
  });
  await assert.rejects(queue.checkRoom("1"), UserError);
  await assert.rejects(queue.add(aRequest({ userId: "3" })), (error) => {
    return error instanceof UserError && /The queue is full: 2 songs wait/.test(error.message);
  });
  assert.equal(store.jobs.open().length, 3);
});

test("each state is told once, and a slow listener is told the newest", async (t) => {
  const { queue, begun } = queueFor(t);
  const job = await queue.add(aRequest());
  const told: JobState[] = [];
  const listening = (async () => {
    for await (const state of job.states({ everyMs: 3_600_000 })) told.push(state); // an hour: only the end may hurry
  })();
  await Promise.resolve();
  for (const share of [0.1, 0.2, 0.3]) begun[0]?.turn.tell({ status: "making", progress: { levels: [share] } });
  begun[0]?.end({ note: "over" });
  await listening;
  assert.deepEqual(
    told.map((state) => state.status),
    ["waiting", "done"],
  );
  assert.deepEqual(told.at(-1), { status: "done", note: "over" });

  const late: JobState[] = [];
  for await (const state of job.states()) late.push(state);
  assert.deepEqual(late, [{ status: "done", note: "over" }]);
});

test("a job that breaks is told as failed and the next one begins", async (t) => {
  const { queue, begun, store } = queueFor(t);
  const first = await queue.add(aRequest({ seed: 1 }));
  await queue.add(aRequest({ seed: 2 }));
  const error = new Error("the engine fell over");
  begun[0]?.fail(error);
  assert.deepEqual(await lastState(first), { status: "failed", error });
  assert.deepEqual(names(begun), [1, 2]);
  assert.equal(store.jobs.open().length, 1);
});

test("closing stops all work and forgets none of it", async (t) => {
  const { queue, begun, path } = queueFor(t);
  const jobs: Job[] = [];
  for (const seed of [1, 2, 3]) jobs.push(await queue.add(aRequest({ seed })));
  const told = Promise.all(jobs.map(lastState));
  await queue.close();
  assert.ok(begun[0]?.turn.signal.reason instanceof Closing);
  assert.equal(begun[0]?.turn.closing.aborted, true);
  assert.deepEqual(
    (await told).map(({ status }) => status),
    ["waiting", "waiting", "waiting"],
  );
  await assert.rejects(queue.add(aRequest()), UserError);

  const later = queueFor(t, { path });
  assert.deepEqual(
    later.queue.jobs.map((job) => job.id),
    jobs.map((job) => job.id),
  );
  assert.deepEqual(later.begun, []);
  later.queue.start();
  assert.deepEqual(names(later.begun), [1]);
  assert.deepEqual(later.queue.jobs.map(ahead).slice(1), [1, 2]);
});

test("a store that can't remove a job costs no other one, and is asked again when the next job ends", async (t) => {
  const { begun, store } = queueFor(t);
  const refused: string[] = [];
  let full = true;
  const jobs = {
    ...store.jobs,
    remove(id: string) {
      if (full) throw new Error("the disk is full");
      store.jobs.remove(id);
    },
  };
  const perform = (job: Job, turn: Turn) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ note?: string }>();
    begun.push({ job, turn, end: (outcome = {}) => resolve(outcome), fail: reject });
    return promise;
  };
  const onError = (id: string) => refused.push(id);
  const queue = new LocalQueue(jobs, perform, { waiting: 10, perUser: 10, onError });
  const [first, second, third, fourth] = await Promise.all([1, 2, 3, 4].map((seed) => queue.add(aRequest({ seed }))));
  begun[0]?.end();
  assert.deepEqual(await lastState(first!), { status: "done" });
  assert.deepEqual(refused, [first!.id]);
  begun[1]?.fail(new Error("the engine fell over"));
  assert.equal((await lastState(second!)).status, "failed");
  assert.deepEqual(await queue.list("1"), [third, fourth]);
  assert.equal(await queue.cancel("1", fourth!.id), true);
  assert.deepEqual(await queue.list("1"), [third]);
  assert.equal(store.jobs.open().length, 4);
  full = false;
  begun[2]?.end();
  await lastState(third!);
  assert.deepEqual(store.jobs.open(), []);
});
