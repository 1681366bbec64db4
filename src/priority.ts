/** Lets threads in the background give way to the one that must send a frame of sound every 20 ms. */
import { getPriority, setPriority } from "node:os";

const background = 5;
const lowest = 19;

/**
 * Puts the calling thread so far below the process's own priority, and never above where it is: only root may raise one.
 * Does nothing where a priority is a whole process's, as everywhere but on Linux.
 */
export function lowerPriority(by = background): void {
  if (process.platform !== "linux") return;
  try {
    const wanted = Math.min(getPriority(process.pid) + by, lowest); // the process's id is its main thread's
    if (wanted > getPriority()) setPriority(wanted);
  } catch {
    // a sandbox may forbid it; the work is done all the same
  }
}
