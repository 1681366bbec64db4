/** Disables ONNX Runtime's telemetry. Import it before the runtime, which reads the environment when it starts. */
import { isMainThread } from "node:worker_threads";

const setting = "ORT_DISABLE_TELEMETRY";

// Workers have a copy of the environment, which the runtime does not see: the main thread must set the variable.
if (isMainThread) process.env[setting] = "1";
else if (process.env[setting] !== "1")
  throw new Error("the main thread must import onnx/telemetry.ts before it starts a worker that loads the runtime");
