/** Opens PyTorch checkpoints, legacy or zip format, and reads one tensor at a time (spec 7.2). */
import { isKind, MAX_BYTES, type Pickle, type Pickled, readPickle } from "./pickle.ts";
import { type Numbers, readNumbers } from "./read.ts";
import { Cursor, damaged, fileSource, type Source } from "./source.ts";
import { type Place, STORAGE_TYPES, type State, type Storage, stateOf } from "./tensors.ts";
import { type Entry, isZip, readDirectory } from "./zip.ts";

export interface Checkpoint {
  /** For messages. */
  readonly name: string;
  /** Training steps, if recorded. */
  readonly step: number | undefined;
  /** Names of the weights, without a leading `module.`. */
  names(): string[];
  shapeOf(name: string): readonly number[];
  /** Type that `read` returns: half precision only where the file has it. */
  typeOf(name: string): "F16" | "F32";
  /** Whether two names share the same numbers of the file. */
  same(one: string, other: string): boolean;
  /** Reads one tensor, without caching. */
  read(name: string): Numbers;
  close(): void;
}

/** Opens a file; reads and checks everything but the numbers. Throws a UserError that says what is wrong. */
export function openCheckpoint(path: string): Checkpoint {
  const source = fileSource(path);
  try {
    return checkpointOf(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The same for any source of bytes. */
export function checkpointOf(source: Source): Checkpoint {
  const { state, starts } = isZip(source) ? zipped(source) : legacy(source);
  const placeOf = (name: string): Place => {
    const place = state.places.get(name);
    if (!place) throw new Error(`${source.name} has no ${name}`);
    return place;
  };
  checkTotal(source, state);
  return {
    name: source.name,
    step: state.step,
    names: () => [...state.places.keys()],
    shapeOf: (name) => placeOf(name).shape,
    typeOf: (name) => (placeOf(name).storage.type === "Half" ? "F16" : "F32"),
    same: (one, other) => identity(placeOf(one)) === identity(placeOf(other)),
    read: (name) => {
      const place = placeOf(name);
      checkMemory(source, name, place);
      return readNumbers(source, starts.get(place.storage.key)!, place);
    },
    close: () => source.close(),
  };
}

const identity = ({ storage, offset, shape, strides }: Place): string =>
  [storage.key, offset, shape.join(), strides.join()].join(";");

/** Tensors may share storages, but must not expand a small file to a large model. */
function checkTotal(source: Source, { places }: State): void {
  let bytes = 0;
  for (const { storage, shape } of places.values())
    bytes += shape.reduce((all, size) => all * size, STORAGE_TYPES[storage.type]);
  if (bytes > 2 * source.size)
    throw damaged(source, `its weights would take ${bytes} bytes, and it has ${source.size}`);
}

/** Other types need memory twice during conversion to float32; no tensor may take more than twice its file. */
function checkMemory(source: Source, name: string, { storage: { type }, shape }: Place): void {
  const kept = type === "Float" || type === "Half";
  const bytes = shape.reduce((all, size) => all * size, STORAGE_TYPES[type] + (kept ? 0 : 4));
  if (bytes > 2 * source.size + SMALL)
    throw damaged(source, `its ${name} would take ${bytes} bytes, and it has ${source.size}`);
}

const SMALL = 2 ** 16; // always allowed

interface Found {
  readonly state: State;
  /** Byte of each storage's first element, by key. */
  readonly starts: ReadonlyMap<string, number>;
}

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

/** The legacy format: five pickles, then the storages. */
function legacy(source: Source): Found {
  const cursor = new Cursor(source, 0, 0);
  const next = (): Pickle => {
    const limited = new Cursor(source, cursor.position, cursor.position + MAX_BYTES);
    const pickle = readPickle(limited);
    cursor.position = limited.position;
    return pickle;
  };
  const magic = new Cursor(source, 0, 2);
  if (source.size < 2 || magic.uint8() !== 0x80 || next().value !== MAGIC)
    throw damaged(source, "it is neither of torch's two formats");
  const version = next().value;
  if (version !== VERSION) throw damaged(source, `it is of version ${String(version)}, not ${VERSION}`);
  checkOrder(source, next().value);
  const state = stateOf(source, next());
  return { state, starts: storageStarts(source, state, next(), cursor.position) };
}

/** Only little-endian files are supported. */
function checkOrder(source: Source, about: Pickled): void {
  const little = isKind(about, "dict") && new Map(about.entries).get("little_endian");
  if (little !== true) throw damaged(source, "its numbers are not said to be little-endian");
}

/** A list of keys, then for each storage in this order its number of elements and the elements. */
function storageStarts(source: Source, { storages, places }: State, keys: Pickle, from: number): Map<string, number> {
  if (!isKind(keys.value, "list")) throw damaged(source, "it has no list of its storages");
  const starts = new Map<string, number>();
  let position = from;
  for (const item of keys.value.items) {
    const key = typeof item === "number" ? String(item) : item;
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage || starts.has(storage.key))
      throw damaged(source, `it lists storage ${String(key)}, of which nothing is known, or lists it twice`);
    const count = new Cursor(source, position, position + 8).uint64();
    if (count !== storage.count)
      throw damaged(source, `at byte ${position} a storage has ${count} numbers, and was to have ${storage.count}`);
    starts.set(storage.key, position + 8);
    position += 8 + bytesOf(storage);
    if (position > source.size)
      throw damaged(source, `storage ${storage.key} would end at byte ${position}, and the file has ${source.size}`);
  }
  for (const [name, { storage }] of places)
    if (!starts.has(storage.key)) throw damaged(source, `${name} is in storage ${storage.key}, which is not there`);
  return starts;
}

const bytesOf = ({ type, count }: Storage): number => count * STORAGE_TYPES[type];

/** The format of newer versions: a zip archive with one folder that has a pickle and one entry per storage. */
function zipped(source: Source): Found {
  const entries = readDirectory(source);
  const folder = [...entries.keys()].find((name) => /^[^/]*\/data\.pkl$/.test(name))?.replace(/data\.pkl$/, "");
  if (folder === undefined) throw damaged(source, "it is a zip archive without a data.pkl");
  const bytes = ({ position, size }: Entry): Cursor => new Cursor(source, position, position + size);
  const order = entries.get(`${folder}byteorder`);
  if (order && Buffer.from(bytes(order).bytes(Math.min(order.size, 10))).toString("latin1") !== "little")
    throw damaged(source, "its numbers are not little-endian");
  const pickle = entries.get(`${folder}data.pkl`)!;
  if (pickle.size > MAX_BYTES) throw damaged(source, `its data.pkl has ${pickle.size} bytes`);
  const state = stateOf(source, readPickle(bytes(pickle)));
  const starts = new Map<string, number>();
  for (const [name, { storage }] of state.places) {
    const entry = entries.get(`${folder}data/${storage.key}`);
    if (entry?.size !== bytesOf(storage))
      throw damaged(
        source,
        `${name} is in data/${storage.key}, which has ${entry?.size ?? "no"} bytes, not ${bytesOf(storage)}`,
      );
    starts.set(storage.key, entry.position);
  }
  return { state, starts };
}
