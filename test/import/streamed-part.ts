/** A network of more than a gigabyte, in a checkpoint that takes no room on disk: its numbers are all zero. */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { type Network, shapesOf } from "../../src/import/released.ts";
import { dict, oldFile, ordered, tensor } from "./torch-file.ts";

export const streamedPart: Network = {
  kind: "prior",
  level: 0,
  size: {
    nCtx: 128,
    width: 4096,
    depth: 11,
    heads: 1,
    attnOrder: 2,
    blocks: 8,
    mAttn: 0.25,
    mMlp: 1,
    bins: 64,
    addCondition: false,
    tied: false,
  },
};

/** Writes it, dense layers in 16 bits; returns its size in bytes. */
export function writeStreamedPart(path: string): number {
  const storages = [...shapesOf(streamedPart)].map(([name, shape], at) => ({
    name,
    shape,
    key: String(at),
    type: name.endsWith(".w") ? "Half" : "Float",
    count: shape.reduce((all, size) => all * size, 1),
  }));
  const model = Object.fromEntries(storages.map((one) => [one.name, tensor(one)]));
  const keys = storages.map(({ key }) => key);
  const file = openSync(path, "w");
  let end = writeSync(file, oldFile(dict({ model: ordered(model) }), [], keys));
  for (const { count, type } of storages) {
    writeSync(file, BigUint64Array.of(BigInt(count)), 0, 8, end);
    end += 8 + count * (type === "Half" ? 2 : 4);
  }
  ftruncateSync(file, end);
  closeSync(file);
  return end;
}
