/** Dense layers in files as blocks of 4- or 8-bit numbers: written instead of their own numbers, and made numbers again. */
import type { PriorSize } from "./prior.ts";
import { type Packed, pack, packedShapes, unpack } from "./quantise.ts";
import type { PendingTensor } from "./safetensors.ts";
import { priorUses } from "./shapes.ts";
import { type Dense, packedName, type Store, type StoredTensor, scalesName } from "./weights.ts";

/** Numbers and scales: made together, as they are written one after the other. */
export function packedForms(name: string, dense: Dense, bits: 4 | 8, read: () => Float32Array): PendingTensor[] {
  const size = { ...dense, bits };
  const shapes = packedShapes(size);
  const make = (): Packed => pack(read(), size, rowsOf(dense));
  let made: Packed | undefined;
  const readNumbers = (): Uint8Array => {
    made = make();
    return made.packed;
  };
  const readScales = (): Float32Array => {
    const { scales } = made ?? make();
    made = undefined;
    return scales;
  };
  return [
    { name: packedName(name), shape: shapes.packed, type: "U8", read: readNumbers },
    { name: scalesName(name), shape: shapes.scales, type: "F32", read: readScales },
  ];
}

/** The weights of a prior in 8 bits where they are of dense layers alone, in 16 where they are not; `prefix` comes before their names. */
export function compactForms(store: Store, size: PriorSize, prefix = ""): PendingTensor[] {
  const { plain, dense } = priorUses(size);
  return [...store].flatMap(([name, { shape, data }]) => {
    const layer = plain.has(name) ? undefined : dense.get(name);
    return layer ? packedForms(prefix + name, layer, 8, () => data) : [halfForm(prefix + name, { shape, data })];
  });
}

/** In 16 bits. */
export const halfForm = (name: string, { shape, data }: StoredTensor): PendingTensor => ({
  name,
  shape,
  type: "F16",
  read: () => Float16Array.from(data),
});

/** A prior's weights as numbers, whatever was packed. `refuse` is told which packed layer is not as the network needs it. */
export function unpacked(store: Store, size: PriorSize, refuse: (name: string) => never): Store {
  if (![...store.keys()].some((name) => name.endsWith(packedName("")))) return store;
  const found = new Map(store);
  for (const [name, dense] of priorUses(size).dense) {
    const packed = store.get(packedName(name));
    if (!packed) continue;
    const layer = { ...dense, bits: 8 } as const;
    const shapes = packedShapes(layer);
    const scales = store.get(scalesName(name));
    if (packed.shape.join() !== shapes.packed.join() || scales?.shape.join() !== shapes.scales.join()) refuse(name);
    const data = unpack({ packed: packed.data, scales: scales!.data }, layer, rowsOf(dense));
    found.set(name, { shape: shapeOf(dense), data });
    found.delete(packedName(name));
    found.delete(scalesName(name));
  }
  return found;
}

const rowsOf = ({ kind }: Dense): "inputs" | "outputs" => (kind === "linear" ? "inputs" : "outputs");
const shapeOf = ({ kind, inputs, outputs }: Dense): readonly number[] =>
  kind === "linear" ? [inputs, outputs] : [outputs, inputs];
