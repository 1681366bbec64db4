/** Runs tasks with dependencies, several at once. */

export interface Task {
  readonly name: string;
  /** Names of the tasks that must finish first. */
  readonly needs: readonly string[];
}

/**
 * Runs every task once, at most `atOnce` at a time, earlier ones in the list first. After a failure no further tasks
 * are started, and it is thrown when the running ones have ended. Throws for dependencies that can't be met.
 */
export async function runTasks(
  tasks: readonly Task[],
  atOnce: number,
  run: (name: string) => Promise<void>,
): Promise<void> {
  const pending = [...tasks];
  const finished = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const ready = (): number => pending.findIndex(({ needs }) => needs.every((need) => finished.has(need)));
  const start = ({ name }: Task): void => {
    const work = run(name)
      .then(() => finished.add(name))
      .catch((error: unknown) => failures.push(error))
      .finally(() => running.delete(name));
    running.set(
      name,
      work.then(() => undefined),
    );
  };
  for (;;) {
    while (failures.length === 0 && running.size < atOnce && ready() >= 0) start(...take(pending, ready()));
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0) throw failures[0];
  if (pending.length > 0) throw new Error(`the dependencies of the task ${pending[0]!.name} can't be met`);
}

const take = (list: Task[], index: number): [Task] => list.splice(index, 1) as [Task];
