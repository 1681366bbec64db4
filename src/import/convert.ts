/** Converts a checkpoint to safetensors files, one tensor at a time; missing or extra tensors are errors. */
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { WeightFile } from "../model/config.ts";
import { packedForms } from "../model/packing.ts";
import { bytesOf, type PendingTensor, streamSafetensors } from "../model/safetensors.ts";
import { priorUses, type Shapes } from "../model/shapes.ts";
import { checksumOf } from "../model/verify.ts";
import type { Uses } from "../model/weights.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type Network, shapesOf } from "./released.ts";
import { checkRoom } from "./room.ts";
import { printable } from "./source.ts";

/** Bits per weight of dense layers: 4 and 8 quantise, 16 keeps what was released, 32 makes everything float32. */
export type ImportBits = 4 | 8 | 16 | 32;

export interface ImportOptions {
  readonly folder: string;
  /** Name of the part, and prefix of its files. */
  readonly name: string;
  readonly network: Network;
  readonly bits: ImportBits;
  /** Bytes of weights per file, at most; only a larger single tensor exceeds it. */
  readonly shardBytes?: number;
  /** Metadata for the headers of the files. */
  readonly notes?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Bytes written, and in total. */
  progress?(done: number, total: number): void;
}

/** Content of `<name>.json`, which is written after all files of a part. */
export interface ImportedPart {
  readonly name: string;
  readonly network: Network;
  readonly bits: ImportBits;
  readonly step?: number;
  /** Of the checkpoint. */
  readonly tensors: number;
  readonly numbers: number;
  readonly files: readonly WeightFile[];
}

const SHARD_BYTES = 1_900_000_000; // below 2 GB with its header, a limit of many file systems and tools

/** Writes the files of a part, its description last. Throws a UserError if the checkpoint has another network. */
export async function importPart(checkpoint: Checkpoint, options: ImportOptions): Promise<ImportedPart> {
  const { folder, name, network, bits, shardBytes = SHARD_BYTES } = options;
  const names = accountedFor(checkpoint, shapesOf(network), network.kind === "prior" && network.size.tied);
  const uses: Uses = network.kind === "prior" ? priorUses(network.size) : { plain: new Set(names), dense: new Map() };
  const tensors = names.flatMap((tensor) => formsOf(checkpoint, tensor, uses, bits));
  await mkdir(folder, { recursive: true });
  await checkRoom(folder, total(tensors));
  for (const file of [`${name}.json`, "config.json"]) await rm(join(folder, file), { force: true }); // they describe weights that are replaced
  const imported: ImportedPart = {
    name,
    network,
    bits,
    ...(checkpoint.step !== undefined && { step: checkpoint.step }),
    tensors: names.length,
    numbers: names.reduce((all, tensor) => all + countOf(checkpoint.shapeOf(tensor)), 0),
    files: await writeShards(shardsOf(tensors, shardBytes), options),
  };
  await removeOthers(imported, folder);
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(imported, undefined, 2)}\n`);
  return imported;
}

/** Removes files of earlier imports with other bits. */
async function removeOthers({ name, files }: ImportedPart, folder: string): Promise<void> {
  const ofPart = new RegExp(`^${RegExp.escape(name)}-\\d{5}-of-\\d{5}\\.safetensors$`);
  for (const file of await readdir(folder))
    if (ofPart.test(file) && !files.some((kept) => kept.file === file)) await rm(join(folder, file));
}

const total = (tensors: readonly PendingTensor[]): number => tensors.reduce((all, tensor) => all + bytesOf(tensor), 0);
const countOf = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);

async function writeShards(shards: readonly PendingTensor[][], options: ImportOptions): Promise<WeightFile[]> {
  const { folder, name, network, notes = {}, signal, progress } = options;
  const numbered = (index: number): string => String(index).padStart(5, "0");
  const bytes = total(shards.flat());
  const files: WeightFile[] = [];
  let done = 0;
  for (const [index, shard] of shards.entries()) {
    const file = `${name}-${numbered(index + 1)}-of-${numbered(shards.length)}.safetensors`;
    const path = join(folder, file);
    const watched = shard.map((tensor) => ({
      ...tensor,
      read: () => {
        done += bytesOf(tensor);
        progress?.(done, bytes);
        return tensor.read();
      },
    }));
    await streamSafetensors(path, watched, notes, signal);
    const part = network.kind === "vqvae" ? "vqvae" : network.level;
    files.push({ file, bytes: (await stat(path)).size, sha256: await checksumOf(path), part });
  }
  return files;
}

/** How a tensor is written: as it is, packed, or both if it is used as a table and as a matrix. */
function formsOf(checkpoint: Checkpoint, name: string, uses: Uses, bits: ImportBits): PendingTensor[] {
  const dense = uses.dense.get(name);
  const plain = !dense || uses.plain.has(name);
  if (!dense || bits === 16 || bits === 32) return [unpacked(checkpoint, name, typeFor(checkpoint, name, bits, plain))];
  const forms = packedForms(name, dense, bits, () => new Float32Array(checkpoint.read(name)));
  return plain ? [unpacked(checkpoint, name, checkpoint.typeOf(name)), ...forms] : forms;
}

function typeFor(checkpoint: Checkpoint, name: string, bits: ImportBits, plain: boolean): "F16" | "F32" {
  if (bits === 32) return "F32";
  return bits === 16 && !plain ? "F16" : checkpoint.typeOf(name);
}

function unpacked(checkpoint: Checkpoint, name: string, type: "F16" | "F32"): PendingTensor {
  const Numbers = type === "F16" ? Float16Array : Float32Array;
  const read = () => {
    const numbers = checkpoint.read(name);
    return numbers instanceof Numbers ? numbers : new Numbers(numbers);
  };
  return { name, shape: checkpoint.shapeOf(name), type, read };
}

/** Distributes tensors to files, in order. */
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

/** The sorted names of the network's tensors. The checkpoint must have exactly these; a tied output matrix is omitted. */
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
