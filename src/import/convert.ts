/** A checkpoint becomes safetensors files: every tensor accounted for, and one at a time in memory. */
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { type PendingTensor, streamSafetensors } from "../model/safetensors.ts";
import type { Shapes } from "../model/shapes.ts";
import { checksumOf } from "../model/verify.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type Network, shapesOf } from "./released.ts";
import { checkRoom } from "./room.ts";
import { printable } from "./source.ts";

export interface ImportOptions {
  readonly folder: string;
  /** What the part is called: its files begin with it. */
  readonly name: string;
  readonly network: Network;
  /** A file is closed before it has more than so many bytes of numbers; only a larger tensor makes a larger file. */
  readonly shardBytes?: number;
  /** Texts for the files' headers. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** What `<name>.json` says once all of a part's files are there. */
export interface ImportedPart {
  readonly name: string;
  readonly network: Network;
  readonly step?: number;
  readonly tensors: number;
  readonly numbers: number;
  readonly files: readonly { readonly file: string; readonly bytes: number; readonly sha256: string }[];
}

const SHARD_BYTES = 1_900_000_000; // with its header below 2 GB, which many file systems and tools stop at

/** Writes a part's files, its description last. Throws a UserError if the checkpoint is of another network. */
export async function importPart(checkpoint: Checkpoint, options: ImportOptions): Promise<ImportedPart> {
  const { folder, name, network, shardBytes = SHARD_BYTES, notes = {} } = options;
  const names = accountedFor(checkpoint, shapesOf(network), network.kind === "prior" && network.size.tied);
  const tensors = names.map(
    (tensor): PendingTensor => ({
      name: tensor,
      shape: checkpoint.shapeOf(tensor),
      type: checkpoint.typeOf(tensor),
      read: () => checkpoint.read(tensor),
    }),
  );
  await mkdir(folder, { recursive: true });
  await checkRoom(
    folder,
    tensors.reduce((all, tensor) => all + bytesOf(tensor), 0),
  );
  const shards = shardsOf(tensors, shardBytes);
  const files: ImportedPart["files"][number][] = [];
  for (const [index, shard] of shards.entries()) {
    const file = `${name}-${numbered(index + 1)}-of-${numbered(shards.length)}.safetensors`;
    const path = join(folder, file);
    streamSafetensors(path, shard, notes);
    files.push({ file, bytes: (await stat(path)).size, sha256: await checksumOf(path) });
  }
  const imported: ImportedPart = {
    name,
    network,
    ...(checkpoint.step !== undefined && { step: checkpoint.step }),
    tensors: tensors.length,
    numbers: tensors.reduce((all, tensor) => all + countOf(tensor.shape), 0),
    files,
  };
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(imported, undefined, 2)}\n`);
  return imported;
}

const numbered = (index: number): string => String(index).padStart(5, "0");
const countOf = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);

const bytesOf = ({ shape, type }: PendingTensor): number => countOf(shape) * (type === "F16" ? 2 : 4);

/** As many tensors a file as fit, in order. */
function shardsOf(tensors: readonly PendingTensor[], most: number): PendingTensor[][] {
  const shards: PendingTensor[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const size = bytesOf(tensor);
    if (bytes > 0 && bytes + size > most) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)!.push(tensor);
    bytes += size;
  }
  return shards;
}

const EMBEDDING = "prior.x_emb.weight";
const OUTPUT = "prior.x_out.weight";

/** The network's tensors by name, sorted; the checkpoint has just these, and a tied output matrix, which is left out. */
function accountedFor(checkpoint: Checkpoint, expected: Shapes, tied: boolean): string[] {
  const refuse = (what: string): never => {
    throw new UserError(`${checkpoint.name} is of another network: ${printable(what)}.`);
  };
  const found = new Set(checkpoint.names());
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  if (missing.length > 0) refuse(`it lacks ${listed(missing)}`);
  const unused = [...found].filter((name) => !expected.has(name) && !(tied && name === OUTPUT));
  if (unused.length > 0) refuse(`nothing uses its ${listed(unused)}`);
  for (const [name, shape] of expected) {
    const has = checkpoint.shapeOf(name);
    if (has.join() !== shape.join()) refuse(`its ${name} is [${has.join(", ")}], not [${shape.join(", ")}]`);
  }
  if (tied && found.has(OUTPUT) && !sameNumbers(checkpoint, EMBEDDING, OUTPUT))
    refuse(`its ${OUTPUT} is not its ${EMBEDDING}`);
  return [...expected.keys()].sort();
}

function listed(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function sameNumbers(checkpoint: Checkpoint, one: string, other: string): boolean {
  if (checkpoint.same(one, other)) return true;
  if (checkpoint.shapeOf(one).join() !== checkpoint.shapeOf(other).join()) return false;
  const [a, b] = [checkpoint.read(one), checkpoint.read(other)];
  return a.every((number, at) => number === b[at]);
}
