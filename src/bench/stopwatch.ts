/** Measures time as the fastest of many runs, as other load on the machine only slows runs down. */

/** Seconds of the fastest run within about `seconds` seconds, after a warm-up run. */
export async function fastestRun(run: () => Promise<unknown>, seconds: number): Promise<number> {
  await run();
  let fastest = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    fastest = Math.min(fastest, await timeRun(run));
  }
  return fastest;
}

/** Seconds of one run. */
export async function timeRun(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}
