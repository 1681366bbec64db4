/** A conditional inside the graph (ONNX If): only the branch that is taken is computed. */
import { Graph, GraphError, innermostGraph, type Value } from "./graph.ts";

/**
 * `yes(x)` if `condition`, a bool scalar, is true when the graph runs, else `no(x)`. Both must have the same type and
 * shape, or a GraphError is thrown. What they compute from `x` belongs to their branch; other outer values are
 * constants there.
 */
export function conditional(condition: Value, x: Value, yes: (x: Value) => Value, no: (x: Value) => Value): Value {
  const outer = innermostGraph([condition, x]);
  const [taken, left] = [yes, no].map((build) => {
    const branch = new Graph(outer);
    // operations on outer values alone would be added to the outer graph
    const inside = branch.node("Identity", [x], [x])[0]!;
    const result = build(inside);
    branch.output(branch.fresh("result"), result);
    return { branch, result };
  }) as [BranchResult, BranchResult];
  const { type, shape } = taken.result;
  if (left.result.type !== type || left.result.shape.join() !== shape.join())
    throw new GraphError(`If: the branches give ${type}[${shape}] and ${left.result.type}[${left.result.shape}]`);
  return outer.node("If", [condition], [{ type, shape }], { then_branch: taken.branch, else_branch: left.branch })[0]!;
}

interface BranchResult {
  readonly branch: Graph;
  readonly result: Value;
}
