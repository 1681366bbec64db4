/** Tasks run when what they need is over, never more at once than allowed. */
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

/** Lets each task end by hand, and writes down when it began. */
function trainingContext() {
  const began: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const run = (name: string): Promise<void> => {
    began.push(name);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    ends.set(name, { resolve, reject });
    return promise;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { began, ends, run, settle };
}

test("two at a time, in order, each after what it needs", async () => {
  const { began, ends, run, settle } = trainingContext();
  const all = runTasks(tasks, 2, run);
  assert.deepEqual(began, ["a", "b"]);
  ends.get("b")!.resolve();
  await settle();
  assert.deepEqual(began, ["a", "b", "c"]);
  ends.get("c")!.resolve();
  await settle();
  assert.deepEqual(began, ["a", "b", "c"]);
  ends.get("a")!.resolve();
  await settle();
  assert.deepEqual(began, ["a", "b", "c", "d"]);
  ends.get("d")!.resolve();
  await settle();
  ends.get("e")!.resolve();
  await all;
  assert.deepEqual(began, ["a", "b", "c", "d", "e"]);
});

test("after a failure what runs may end, nothing new begins, and the failure is thrown", async () => {
  const { began, ends, run, settle } = trainingContext();
  const all = runTasks(tasks, 2, run);
  all.catch(() => undefined);
  ends.get("a")!.reject(new Error("no"));
  await settle();
  assert.deepEqual(began, ["a", "b"]);
  ends.get("b")!.resolve();
  await assert.rejects(all, /no/);
  assert.deepEqual(began, ["a", "b"]);
});

test("a task that waits for nobody's work is an error, not a silence", async () => {
  await assert.rejects(
    runTasks([{ name: "a", needs: ["z"] }], 2, async () => undefined),
    /a waits for/,
  );
});
