/** Runs graphs on a device with ONNX Runtime; the library's only importer. */
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
  /** Threads of a run. */
  readonly threads?: number;
  /** Plan memory ahead: slightly faster, uses more memory; must be off if sizes change between runs. */
  readonly memoryPattern?: boolean;
}

export type Tensor = ort.Tensor;
export type Tensors = Readonly<Record<string, Tensor>>;

/** Wraps data without copying it. Booleans are stored in a Uint8Array. */
export function tensor(type: DType, data: TypedArray, dims: readonly number[]): Tensor {
  return new ort.Tensor(type, data as never, dims); // DType determines the array type, as the runtime's overloads do
}

export const floats = (data: Float32Array, dims: readonly number[]): Tensor => tensor("float32", data, dims);
export const ints = (data: Int32Array, dims: readonly number[]): Tensor => tensor("int32", data, dims);

/** The data of a float32 result. Throws a TypeError if it is missing or of another type. */
export function floatsOf(results: Tensors, name: string): Float32Array {
  const found = results[name];
  if (!(found?.data instanceof Float32Array))
    throw new TypeError(`${name} is ${found ? found.type : "missing"}, not float32`);
  return found.data;
}

export interface Session {
  /** One run; blocks the calling thread. With `into`, only the outputs named in it are computed, into its tensors. */
  run(feeds: Tensors, into?: Tensors): Promise<Tensors>;
  close(): Promise<void>;
}

/** Opens a session. Throws a UserError that says what to do if the device is not available. */
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
    ...externalDataFolder(graph),
  });
  return {
    run: (feeds, into) => (into ? session.run(feeds, into) : session.run(feeds)),
    close: () => session.release(),
  };
}

/** The folder of the graph's external data, as a session option. */
function externalDataFolder({ initializers }: Graph): ort.InferenceSession.SessionOptions {
  const folders = new Set(initializers.flatMap(({ data }) => (isSlice(data) ? [data.folder] : [])));
  if (folders.size > 1) throw new GraphError(`external data in several folders: ${[...folders].join(", ")}`);
  const [folder] = folders;
  if (folder === undefined) return {};
  return { extra: { session: { model_external_initializers_file_folder_path: resolve(folder) } } };
}

/** Checks a device's name against the installed backends, before a model is loaded. Throws a UserError. */
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
  `The device "${device}" is not available: ${found}. ${ADVICE[device]}`;
