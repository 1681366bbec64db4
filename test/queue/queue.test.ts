/** The queue's order, bounds, cancelling and restart, over a real store. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { DiskError, packError, UserError } from "../../src/errors.ts";
import { Cancelled, Closing, type JobState, type JobView, type SavedJob } from "../../src/queue/job.ts";
import { LocalQueue, type Turn } from "../../src/queue/local-queue.ts";
import type { Queue } from "../../src/queue/queue.ts";
import type { Reply } from "../../src/store/reply.ts";
import { openStore } from "../../src/store/store.ts";
import { aRequest } from "../fakes/request.ts";
import { temporaryFolder } from "../support/folder.ts";

interface Begun {
  readonly job: SavedJob<Reply>;
  readonly turn: Turn;
  readonly end: (outcome?: { note?: string }) => void;
  readonly fail: (error: unknown) => void;
}

/** A queue whose jobs last until the test ends them. */
function queueFor(
  t: TestContext,
  { waiting = 10, perUser = 10, capacity = 1, path = join(temporaryFolder(t), "store.db") } = {},
) {
  const store = openStore(path);
  const begun: Begun[] = [];
  const perform = (job: SavedJob<Reply>, turn: Turn) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ note?: string }>();
    turn.signal.addEventListener("abort", () => reject(turn.signal.reason));
    begun.push({ job, turn, end: (outcome = {}) => resolve(outcome), fail: reject });
    return promise;
  };
  const queue = new LocalQueue(store.jobs, perform, { waiting, perUser, capacity });
  t.after(() => store.close());
  return { queue, begun, store, path };
}

const names = (begun: readonly Begun[]) => begun.map(({ job }) => job.request.order.song.seed);

const idsIn = async (queue: Queue<Reply>) => (await queue.list()).map(({ id }) => id);

/** How many songs are ahead of each job that has not begun. */
async function aheadIn({ queue, begun }: Pick<ReturnType<typeof queueFor>, "queue" | "begun">) {
  const waiting = (await queue.list()).filter(({ id }) => begun.every(({ job }) => job.id !== id));
  return waiting.map(({ state }) => (state.status === "waiting" ? state.ahead : undefined));
}

async function lastState(queue: Queue<Reply>, { id }: { readonly id: string }): Promise<JobState | undefined> {
  let last: JobState | undefined;
  for await (const state of queue.watch(id)) last = state;
  return last;
}

test("songs are made one at a time, in order", async (t) => {
  const { queue, begun } = queueFor(t);
  const jobs: JobView<Reply>[] = [];
  for (const seed of [1, 2, 3]) jobs.push(await queue.add(aRequest({ seed })));
  assert.deepEqual(names(begun), [1]);
  assert.deepEqual(await aheadIn({ queue, begun }), [1, 2]);
  begun[0]?.end();
  await lastState(queue, jobs[0]!);
  assert.deepEqual(names(begun), [1, 2]);
});

test("as many songs are made at once as there is capacity for, one in a guild, and only while another is admitted", async (t) => {
  const { store } = queueFor(t);
  const begun: number[] = [];
  let admitted = true;
  const perform = (job: SavedJob<Reply>, turn: Turn) => {
    begun.push(job.request.order.song.seed);
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
  const jobs: JobView<Reply>[] = [];
  for (const seed of [1, 2, 3, 4]) jobs.push(await queue.add(aRequest({ seed })));
  assert.deepEqual(await aheadIn({ queue, begun }), [1, 2, 3]);
  assert.equal(await queue.cancel("1", jobs[1]!.id), true);
  assert.deepEqual(await lastState(queue, jobs[1]!), { status: "cancelled" });
  assert.deepEqual(await aheadIn({ queue, begun }), [1, 2]);
  assert.deepEqual(names(begun), [1]);
  assert.equal(store.jobs.open().length, 3);
});

test("cancelling the song being made aborts it and begins the next", async (t) => {
  const { queue, begun } = queueFor(t);
  const first = await queue.add(aRequest({ seed: 1 }));
  await queue.add(aRequest({ seed: 2 }));
  await queue.cancel("1", first.id);
  assert.deepEqual(await lastState(queue, first), { status: "cancelled" });
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
  assert.deepEqual(await idsIn(queue), [job.id]);
});

test("once a song is made another guild's is begun, its own guild's when it has sounded", async (t) => {
  const { queue, begun } = queueFor(t);
  await queue.add(aRequest({ seed: 1, guildId: "1" }));
  await queue.add(aRequest({ seed: 2, guildId: "1" }));
  await queue.add(aRequest({ seed: 3, guildId: "2" }));
  assert.deepEqual(names(begun), [1]);
  begun[0]?.turn.generated();
  assert.deepEqual(names(begun), [1, 3]);
  begun[1]?.turn.generated();
  assert.deepEqual(names(begun), [1, 3]);
  assert.deepEqual(await aheadIn({ queue, begun }), [0]);
  begun[0]?.end();
  await lastState(queue, begun[0]!.job);
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
    for await (const state of queue.watch(job.id, { everyMs: 3_600_000 })) told.push(state); // an hour: only the end may hurry
  })();
  await Promise.resolve();
  for (const share of [0.1, 0.2, 0.3]) begun[0]?.turn.report({ status: "generating", progress: { levels: [share] } });
  begun[0]?.end({ note: "over" });
  await listening;
  assert.deepEqual(
    told.map((state) => state.status),
    ["waiting", "done"],
  );
  assert.deepEqual(told.at(-1), { status: "done", note: "over" });

  const late: JobState[] = [];
  for await (const state of queue.watch(job.id)) late.push(state);
  assert.deepEqual(late, [{ status: "done", note: "over" }]);
});

test("a job that breaks is told as failed and the next one begins", async (t) => {
  const { queue, begun, store } = queueFor(t);
  const first = await queue.add(aRequest({ seed: 1 }));
  await queue.add(aRequest({ seed: 2 }));
  const error = new Error("the engine fell over");
  begun[0]?.fail(error);
  assert.deepEqual(await lastState(queue, first), { status: "failed", failure: packError(error) });
  assert.deepEqual(names(begun), [1, 2]);
  assert.equal(store.jobs.open().length, 1);
});

test("closing stops all work and forgets none of it", async (t) => {
  const { queue, begun, path } = queueFor(t);
  const jobs: JobView<Reply>[] = [];
  for (const seed of [1, 2, 3]) jobs.push(await queue.add(aRequest({ seed })));
  const told = Promise.all(jobs.map((job) => lastState(queue, job)));
  await queue.close();
  assert.ok(begun[0]?.turn.signal.reason instanceof Closing);
  assert.equal(begun[0]?.turn.closing.aborted, true);
  assert.deepEqual(
    (await told).map((state) => state?.status),
    ["waiting", "waiting", "waiting"],
  );
  await assert.rejects(queue.add(aRequest()), UserError);

  const later = queueFor(t, { path });
  assert.deepEqual(
    await idsIn(later.queue),
    jobs.map((job) => job.id),
  );
  assert.deepEqual(later.begun, []);
  later.queue.start();
  assert.deepEqual(names(later.begun), [1]);
  assert.deepEqual(await aheadIn(later), [1, 2]);
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
  const perform = (job: SavedJob<Reply>, turn: Turn) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ note?: string }>();
    begun.push({ job, turn, end: (outcome = {}) => resolve(outcome), fail: reject });
    return promise;
  };
  const onStoreError = (id: string) => refused.push(id);
  const queue = new LocalQueue(jobs, perform, { waiting: 10, perUser: 10, capacity: 1, onStoreError });
  const [first, second, third, fourth] = await Promise.all([1, 2, 3, 4].map((seed) => queue.add(aRequest({ seed }))));
  begun[0]?.end();
  assert.deepEqual(await lastState(queue, first!), { status: "done" });
  assert.deepEqual(refused, [first!.id]);
  begun[1]?.fail(new Error("the engine fell over"));
  assert.equal((await lastState(queue, second!))?.status, "failed");
  assert.deepEqual(await idsIn(queue), [third!.id, fourth!.id]);
  assert.equal(await queue.cancel("1", fourth!.id), true);
  assert.deepEqual(await idsIn(queue), [third!.id]);
  assert.equal(store.jobs.open().length, 4);
  full = false;
  begun[2]?.end();
  await lastState(queue, third!);
  assert.deepEqual(store.jobs.open(), []);
});

test("as many songs are generated at once as the engine can, of different guilds", async (t) => {
  const { queue, begun } = queueFor(t, { capacity: 2 });
  for (const [seed, guildId] of ["1", "1", "2", "3"].entries()) await queue.add(aRequest({ seed, guildId }));
  assert.deepEqual(names(begun), [0, 2]);
  assert.deepEqual(await aheadIn({ queue, begun }), [2, 3]);
  begun[1]?.turn.generated();
  assert.deepEqual(names(begun), [0, 2, 3]);
});

test("what comes out of a queue is plain data", async (t) => {
  const { queue, begun } = queueFor(t);
  const job = await queue.add(aRequest());
  begun[0]?.turn.report({ status: "generating", progress: { levels: [0.5] } });
  begun[0]?.fail(new DiskError("full", "no room for /songs/1.ogg"));
  const all = [job, ...(await queue.list()), await lastState(queue, job)];
  assert.deepEqual(structuredClone(all), all);
  assert.deepEqual(JSON.parse(JSON.stringify(all)), all);
});

test("a job that was over before anyone watched it still shows its final state; an unknown one shows none", async (t) => {
  const store = openStore(join(temporaryFolder(t), "store.db"));
  t.after(() => store.close());
  const failures: [string, unknown][] = [];
  const error = new UserError("another model");
  const queue = new LocalQueue(store.jobs, () => Promise.reject(error), {
    ...{ waiting: 1, perUser: 1, capacity: 1 },
    onFailure: (id, failure) => failures.push([id, failure]),
  });
  const { id } = await queue.add(aRequest());
  await setImmediate();
  assert.deepEqual(await idsIn(queue), []);
  assert.equal((await lastState(queue, { id }))?.status, "failed");
  assert.deepEqual(failures, [[id, error]]);
  assert.equal(await lastState(queue, { id: "unknown" }), undefined);
});
