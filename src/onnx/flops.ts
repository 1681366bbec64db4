/** Counts the floating-point operations of a graph's matrix products and convolutions. */
import type { Graph, Node, Shape, Value } from "./graph.ts";

/**
 * Multiplications and additions of all products that the outputs depend on. Throws if a size is unknown or for loops.
 */
export function flopsOf(graph: Graph): number {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map(({ name }) => [name, node] as const)));
  const needed = new Set<Node>();
  const open: (Value | undefined)[] = graph.outputs.map(({ value }) => value);
  while (open.length > 0) {
    const node = makers.get(open.pop()?.name ?? "");
    if (!node || needed.has(node)) continue;
    needed.add(node);
    open.push(...node.inputs);
  }
  return [...needed].reduce((sum, node) => sum + flopsOfNode(node), 0);
}

/** Two operations per multiply-add; other nodes count as zero. */
function flopsOfNode({ op, inputs: [a, b], outputs: [y], attributes }: Node): number {
  switch (op) {
    case "MatMul":
    case "Gemm":
      return 2 * count(y!.shape) * size(a!.shape.at(-1));
    case "FusedMatMul":
      return 2 * count(y!.shape) * size(a!.shape.at(attributes.transA === 1 ? -2 : -1));
    case "Conv":
      return 2 * count(y!.shape) * count(b!.shape.slice(1)); // channels in × kernel
    case "MatMulNBits":
    case "Loop":
      throw new Error(`${op} is not counted`);
    default:
      return 0;
  }
}

const count = (shape: Shape): number => shape.reduce<number>((product, dim) => product * size(dim), 1);

function size(dim: Shape[number] | undefined): number {
  if (typeof dim !== "number") throw new Error(`the size "${dim}" is known only when the graph runs`);
  return dim;
}
