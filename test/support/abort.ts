/** Being told to stop. */

/** Aborted from the time it has been asked so often; a training asks once a step. */
export function stopAfter(steps: number): AbortSignal {
  const stop = new AbortController();
  let asked = 0;
  return new Proxy(stop.signal, {
    get(target, key) {
      if (key === "aborted" && ++asked > steps) stop.abort();
      return Reflect.get(target, key, target);
    },
  });
}
