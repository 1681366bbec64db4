/** Lowers the priority of background threads below the one that sends a frame every 20 ms. */
import { getPriority, setPriority } from "node:os";

const background = 5;
const lowest = 19;

/**
 * Lowers the calling thread by so much below the process; never raises it, which only root may do. Does nothing where
 * priorities belong to whole processes, that is, everywhere but on Linux.
 */
export function lowerPriority(by = background): void {
  if (process.platform !== "linux") return;
  try {
    const wanted = Math.min(getPriority(process.pid) + by, lowest); // the main thread has the process's id
    if (wanted > getPriority()) setPriority(wanted);
  } catch {
    // a sandbox may forbid it
  }
}
