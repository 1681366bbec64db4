/** Switches off the runtime's reports to its maker. Imported before the runtime, which asks the environment when it starts. */
import { isMainThread } from "node:worker_threads";

const setting = "ORT_DISABLE_TELEMETRY";

// A worker has a copy of the environment, and the runtime doesn't see what is set there: the main thread has to do it.
if (isMainThread) process.env[setting] = "1";
else if (process.env[setting] !== "1")
  throw new Error("the main thread must import onnx/telemetry.ts before it starts a worker that loads the runtime");
