/** A fork inside the graph: of two ways to a result only the one that is wanted is gone. */
import { Graph, GraphError, home, type Value } from "./graph.ts";

/**
 * `yes(x)` where a bool scalar holds when the graph runs, else `no(x)`; of both, type and shape are the same. What they
 * compute from `x` belongs to their branch; other values of the graph around are seen as constants. ONNX: If.
 */
export function either(condition: Value, x: Value, yes: (x: Value) => Value, no: (x: Value) => Value): Value {
  const outer = home([condition, x]);
  const [taken, left] = [yes, no].map((way) => {
    const branch = new Graph(outer);
    const inside = branch.node("Identity", [x], [x])[0]!; // an operation on outer values alone would not be the branch's
    const result = way(inside);
    branch.output(branch.fresh("way"), result);
    return { branch, result };
  }) as [Way, Way];
  const { type, shape } = taken.result;
  if (left.result.type !== type || left.result.shape.join() !== shape.join())
    throw new GraphError(`If: the ways lead to ${type}[${shape}] and ${left.result.type}[${left.result.shape}]`);
  return outer.node("If", [condition], [{ type, shape }], { then_branch: taken.branch, else_branch: left.branch })[0]!;
}

interface Way {
  readonly branch: Graph;
  readonly result: Value;
}
