/** Tasks that wait for one another, and run side by side where they don't. */

export interface Task {
  readonly name: string;
  /** Names of the tasks that must be over first. */
  readonly needs: readonly string[];
}

/** Runs every task once, `atOnce` at a time, earlier ones in the list first. The first failure starts no more, and is thrown at the end. */
export async function runTasks(
  tasks: readonly Task[],
  atOnce: number,
  run: (name: string) => Promise<void>,
): Promise<void> {
  const waiting = [...tasks];
  const over = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const ready = (): number => waiting.findIndex(({ needs }) => needs.every((need) => over.has(need)));
  const start = ({ name }: Task): void => {
    const work = run(name)
      .then(() => over.add(name))
      .catch((error: unknown) => failures.push(error))
      .finally(() => running.delete(name));
    running.set(
      name,
      work.then(() => undefined),
    );
  };
  for (;;) {
    while (failures.length === 0 && running.size < atOnce && ready() >= 0) start(...take(waiting, ready()));
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0) throw failures[0];
  if (waiting.length > 0) throw new Error(`nothing ever ends that ${waiting[0]!.name} waits for`);
}

const take = (list: Task[], index: number): [Task] => list.splice(index, 1) as [Task];
