/** The only door to ONNX Runtime: opens a graph on a device and runs it. */
import { resolve } from "node:path";
import "./telemetry.ts"; // before the runtime
import * as ort from "onnxruntime-node";
import { UserError } from "../errors.ts";
import { type DType, type Graph, GraphError, isSlice, type TypedArray } from "./graph.ts";
import { modelBytes } from "./proto.ts";

export const devices = ["cpu", "cuda", "webgpu", "coreml", "dml"] as const;
export type Device = (typeof devices)[number];

export interface SessionOptions {
  readonly device?: Device;
  /** Threads of one run. */
  readonly threads?: number;
  /** Plan memory ahead: a little faster, more memory; wrong for sizes that change from run to run. */
  readonly memoryPattern?: boolean;
}

export type Tensor = ort.Tensor;
export type Tensors = Readonly<Record<string, Tensor>>;

/** Wraps numbers without copying them. Bool is held in a Uint8Array. */
export function tensor(type: DType, data: TypedArray, dims: readonly number[]): Tensor {
  return new ort.Tensor(type, data as never, dims); // the runtime's overloads tie type and array; DType does too
}

export const floats = (data: Float32Array, dims: readonly number[]): Tensor => tensor("float32", data, dims);
export const ints = (data: Int32Array, dims: readonly number[]): Tensor => tensor("int32", data, dims);

/** The numbers of a float32 result. */
export function floatsOf(results: Tensors, name: string): Float32Array {
  const found = results[name];
  if (!(found?.data instanceof Float32Array))
    throw new TypeError(`${name} is ${found ? found.type : "missing"}, not float32`);
  return found.data;
}

export interface Session {
  /** One run. `into` gives tensors to write results to; names in it are all that is computed. Blocks its thread. */
  run(feeds: Tensors, into?: Tensors): Promise<Tensors>;
  close(): Promise<void>;
}

/** Throws a UserError that names the device, what this machine has and what to do when the device can't be had. */
export async function openSession(
  graph: Graph,
  { device = "cpu", threads = 1, memoryPattern = true }: SessionOptions = {},
): Promise<Session> {
  const session = await create(modelBytes(graph), {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: memoryPattern,
    logSeverityLevel: 3,
    ...beside(graph),
  });
  return {
    run: (feeds, into) => (into ? session.run(feeds, into) : session.run(feeds)),
    close: () => session.release(),
  };
}

/** Where the files are that a graph's numbers are in. */
function beside({ initializers }: Graph): ort.InferenceSession.SessionOptions {
  const folders = new Set(initializers.flatMap(({ data }) => (isSlice(data) ? [data.folder] : [])));
  if (folders.size > 1) throw new GraphError(`numbers in several folders: ${[...folders].join(", ")}`);
  const [folder] = folders;
  if (folder === undefined) return {};
  return { extra: { session: { model_external_initializers_file_folder_path: resolve(folder) } } };
}

/** Refuses a device this installation cannot have, before any model is loaded. */
export function checkDevice(name: string): Device {
  const device = devices.find((one) => one === name);
  if (!device) throw new UserError(`I don't know the device "${name}". Devices: ${devices.join(", ")}.`);
  const here = backends();
  if (!here.includes(device)) throw new UserError(refusal(device, `this installation has ${here.join(", ")}`));
  return device;
}

const backends = (): string[] => ort.listSupportedBackends().map(({ name }) => name);

async function create(bytes: Uint8Array, options: ort.InferenceSession.SessionOptions): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, options);
  } catch (cause) {
    const device = (options.executionProviders?.[0] ?? "cpu") as Device;
    if (device === "cpu") throw cause;
    throw new UserError(refusal(device, cause instanceof Error ? cause.message : String(cause)), { cause });
  }
}

const ADVICE: Record<Device, string> = {
  cpu: "Reinstall with npm ci.",
  cuda: "Install CUDA 12 and cuDNN 9, fetch the runtime's CUDA files with `ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js`, or set DEVICE=cpu.",
  webgpu: "It needs a GPU with a Vulkan, Metal or Direct3D 12 driver; or set DEVICE=cpu.",
  coreml: "It needs a Mac; set DEVICE=cpu.",
  dml: "It needs Windows with a Direct3D 12 GPU; set DEVICE=cpu.",
};

const refusal = (device: Device, found: string): string =>
  `The device "${device}" can't be had here: ${found}. ${ADVICE[device]}`;
