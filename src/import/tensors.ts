/** Locates a checkpoint's weights: interprets and checks PyTorch's rebuild calls as positions in storages. */
import type { UserError } from "../errors.ts";
import { isKind, type Pair, type Pickle, type Pickled, type Stored } from "./pickle.ts";
import { damaged, type Source } from "./source.ts";

/** Bytes per element. */
export const STORAGE_TYPES = {
  Float: 4,
  Half: 2,
  BFloat16: 2,
  Double: 8,
  Long: 8,
  Int: 4,
  Short: 2,
  Char: 1,
  Byte: 1,
  Bool: 1,
} as const;
export type StorageType = keyof typeof STORAGE_TYPES;

/** A storage as the pickle describes it; its bytes are elsewhere in the file. */
export interface Storage {
  readonly key: string;
  readonly type: StorageType;
  /** Number of elements. */
  readonly count: number;
}

export interface Place {
  readonly storage: Storage;
  /** Offset in the storage, in elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** In elements, per dimension. */
  readonly strides: readonly number[];
}

export interface State {
  /** All storages of the file, also those that no weight uses. */
  readonly storages: ReadonlyMap<string, Storage>;
  readonly places: ReadonlyMap<string, Place>;
  /** Training steps, if recorded. */
  readonly step: number | undefined;
}

const MAX_RANK = 8;
const MAX_TENSORS = 100_000;
const MAX_NAME = 500;

/** Finds the weights under `model`; other content is ignored. */
export function stateOf(source: Source, pickle: Pickle): State {
  const root = texts(pairsOf(pickle.value));
  const model = root.get("model");
  if (model === undefined) throw damaged(source, 'its top level has no "model"');
  const pairs = pairsOf(model);
  if (!pairs) throw damaged(source, `its "model" is made by ${nameOf(model)}, which is no list of weights`);
  if (pairs.length > MAX_TENSORS) throw damaged(source, `it has ${pairs.length} weights`);
  const storages = storagesOf(source, pickle.stored);
  const places = new Map<string, Place>();
  for (const [key, value] of pairs) {
    if (typeof key !== "string" || key.length > MAX_NAME) throw damaged(source, "a weight has no proper name");
    const name = key.replace(/^module\./, "");
    if (places.has(name)) throw damaged(source, `${name} is there twice`);
    places.set(
      name,
      placeOf(value, (what) => damaged(source, `${name} ${what}`)),
    );
  }
  const step = root.get("step");
  return { storages, places, step: typeof step === "number" && step >= 0 ? step : undefined };
}

/** Entries of a dict or an OrderedDict. */
function pairsOf(value: Pickled | undefined): readonly Pair[] | undefined {
  if (isKind(value, "dict")) return value.entries;
  return isKind(value, "made") && nameOf(value) === "collections.OrderedDict" ? value.entries : undefined;
}

const texts = (pairs: readonly Pair[] | undefined): Map<Pickled, Pickled> => new Map(pairs);

/** Describes what makes a value, for messages. */
function nameOf(value: Pickled | undefined): string {
  if (isKind(value, "made")) return isKind(value.by, "global") ? value.by.name : "a call that is no plain name";
  if (isKind(value, "global")) return value.name;
  if (value === undefined || value === null) return "nothing";
  return isKind(value, "list", "tuple", "set", "dict", "stored") ? `a ${value.kind}` : `a ${typeof value}`;
}

type Refuse = (what: string) => UserError;

/**
 * All storages of a supported type; other persistent objects can't be weights. Contradicting descriptions of a storage are
 * refused.
 */
function storagesOf(source: Source, stored: readonly Stored[]): Map<string, Storage> {
  const storages = new Map<string, Storage>();
  for (const { id } of stored) {
    const part = partOf(id);
    if (typeof part === "string") continue;
    const { storage } = part;
    const known = storages.get(storage.key);
    if (known && (known.type !== storage.type || known.count !== storage.count))
      throw damaged(
        source,
        `storage ${storage.key} has both ${describeStorage(known)} and ${describeStorage(storage)}`,
      );
    storages.set(storage.key, storage);
  }
  return storages;
}

const describeStorage = ({ type, count }: Storage): string => `${count} numbers of type ${type}`;

interface Part {
  readonly storage: Storage;
  /** Offset and length of the view, in elements. */
  readonly from: number;
  readonly length: number;
}

/** Parses ('storage', type, key, location, count[, view]); returns a string that says why if it is invalid. */
function partOf(id: Pickled): Part | string {
  const [kind, type, key, , count, view = null] = isKind(id, "tuple") ? id.items : [];
  if (kind !== "storage") return "is not kept in a storage";
  const name = isKind(type, "global") ? /^torch\.(?:cuda\.)?(\w+)Storage$/.exec(type.name)?.[1] : undefined;
  if (!name || !Object.hasOwn(STORAGE_TYPES, name)) return `is of type ${nameOf(type)}, which I don't read`;
  if ((typeof key !== "string" && !isSize(key)) || !isSize(count)) return "is in a storage with no key or no count";
  const storage = { key: String(key), type: name as StorageType, count };
  if (view === null) return { storage, from: 0, length: count };
  const [, from, length] = isKind(view, "tuple") ? view.items : [];
  if (!isSize(from) || !isSize(length) || from + length > count) return "is a view of no part of its storage";
  return { storage, from, length };
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const WRAPPERS = ["torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"];
const TENSORS = ["torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"];

/** The position that a rebuild call describes. */
function placeOf(value: Pickled, refuse: Refuse): Place {
  const call = unwrapped(value);
  const by = nameOf(call);
  if (!isKind(call, "made") || !TENSORS.includes(by)) throw refuse(`is made by ${by}, which I don't read as a weight`);
  const [stored, offset, shape, strides] = isKind(call.args, "tuple") ? call.args.items : [];
  if (!isKind(stored, "stored")) throw refuse("is not kept in a storage");
  const part = partOf(stored.id);
  if (typeof part === "string") throw refuse(part);
  const { storage, from, length } = part;
  const [sizes, steps] = [sizesOf(shape), sizesOf(strides)];
  if (!isSize(offset) || !sizes || sizes.length !== steps?.length)
    throw refuse("has no proper shape, offset and strides");
  checkExtent({ sizes, steps, offset, length }, refuse);
  return { storage, offset: from + offset, shape: sizes, strides: steps };
}

function unwrapped(value: Pickled): Pickled {
  if (!isKind(value, "made") || !WRAPPERS.includes(nameOf(value))) return value;
  return (isKind(value.args, "tuple") ? value.args.items[0] : undefined) ?? null;
}

const sizesOf = (value: Pickled | undefined): number[] | undefined =>
  isKind(value, "tuple", "list") && value.items.length <= MAX_RANK && value.items.every(isSize)
    ? value.items
    : undefined;

interface Extent {
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** Refuses elements outside of the storage or used twice, so that no tensor is larger than its storage. */
function checkExtent({ sizes, steps, offset, length }: Extent, refuse: Refuse): void {
  if (sizes.includes(0)) return;
  const dims = sizes.map((size, at) => ({ size, step: steps[at]! })).filter(({ size }) => size > 1);
  let span = 1;
  for (const { size, step } of dims.sort((a, b) => a.step - b.step)) {
    if (step < span) throw refuse(`[${sizes.join(", ")}] uses numbers of its storage twice`);
    span += (size - 1) * step;
  }
  if (offset + span > length)
    throw refuse(`[${sizes.join(", ")}] ends at number ${offset + span} of a storage of ${length}`);
}
