/** Tasks: order, dependencies, concurrency, failures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runTasks, type Task } from "../src/tasks.ts";

const tasks: Task[] = [
  { name: "a", needs: [] },
  { name: "b", needs: [] },
  { name: "c", needs: [] },
  { name: "d", needs: ["a", "c"] },
  { name: "e", needs: ["d"] },
];

/** Records the order of starts; the test ends each task. */
function manualTasks() {
  const started: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const run = (name: string): Promise<void> => {
    started.push(name);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    ends.set(name, { resolve, reject });
    return promise;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { started, ends, run, settle };
}

test("at most two tasks run at once, in order, each after its dependencies", async () => {
  const { started, ends, run, settle } = manualTasks();
  const all = runTasks(tasks, 2, run);
  assert.deepEqual(started, ["a", "b"]);
  ends.get("b")!.resolve();
  await settle();
  assert.deepEqual(started, ["a", "b", "c"]);
  ends.get("c")!.resolve();
  await settle();
  assert.deepEqual(started, ["a", "b", "c"]);
  ends.get("a")!.resolve();
  await settle();
  assert.deepEqual(started, ["a", "b", "c", "d"]);
  ends.get("d")!.resolve();
  await settle();
  ends.get("e")!.resolve();
  await all;
  assert.deepEqual(started, ["a", "b", "c", "d", "e"]);
});

test("after a failure, running tasks finish, no others start, and the failure is thrown", async () => {
  const { started, ends, run, settle } = manualTasks();
  const all = runTasks(tasks, 2, run);
  all.catch(() => undefined);
  ends.get("a")!.reject(new Error("no"));
  await settle();
  assert.deepEqual(started, ["a", "b"]);
  ends.get("b")!.resolve();
  await assert.rejects(all, /no/);
  assert.deepEqual(started, ["a", "b"]);
});

test("dependencies that can't be met are an error", async () => {
  await assert.rejects(
    runTasks([{ name: "a", needs: ["z"] }], 2, async () => undefined),
    /dependencies of the task a/,
  );
});
