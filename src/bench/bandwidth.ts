/** Measures memory bandwidth, which bounds the speed of sampling: each step reads every weight once. */
import { Graph } from "../onnx/graph.ts";
import { matmul } from "../onnx/products.ts";
import { floats, openSession } from "../onnx/session.ts";
import { fastestRun } from "./stopwatch.ts";

/** Bytes per second that `threads` threads read from a block of `bytes` bytes, in a matrix-vector product. */
export async function readBandwidth(bytes: number, threads = 1): Promise<number> {
  const width = 1024;
  const rows = Math.max(1, Math.round(bytes / 4 / width));
  const graph = new Graph();
  const x = graph.input("x", "float32", [1, rows]);
  graph.output("y", matmul(x, graph.constant("float32", [rows, width], new Float32Array(rows * width).fill(0.5))));
  const session = await openSession(graph, { threads });
  const feeds = { x: floats(new Float32Array(rows).fill(1), [1, rows]) };
  const seconds = await fastestRun(() => session.run(feeds), 0.3);
  await session.close();
  return (rows * width * 4) / seconds;
}
