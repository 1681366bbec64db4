/** Measuring time: the best of many runs, as other work on the machine only ever makes a run slower. */

/** Seconds of the fastest run within about so many seconds, after one run that is not counted. */
export async function best(run: () => Promise<unknown>, seconds: number): Promise<number> {
  await run();
  let fastest = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    fastest = Math.min(fastest, await timed(run));
  }
  return fastest;
}

/** Seconds of one run. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}
