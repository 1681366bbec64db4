/** Parses pickles as data: calls are recorded, and nothing is ever looked up or run. */
import type { UserError } from "../errors.ts";
import { type Cursor, damaged } from "./source.ts";

export type Pickled = null | boolean | number | bigint | string | Uint8Array | Compound;
type Compound = Items<"list"> | Items<"tuple"> | Items<"set"> | Dict | Global | Made | Stored;
export type Pair = readonly [key: Pickled, value: Pickled];

interface Items<Kind> {
  readonly kind: Kind;
  readonly items: Pickled[];
}

export interface Dict {
  readonly kind: "dict";
  readonly entries: Pair[];
}

/** Name of a class or function, such as "torch.FloatStorage". */
export interface Global {
  readonly kind: "global";
  readonly name: string;
}

/** A recorded call, and items that are added to its result. */
export interface Made {
  readonly kind: "made";
  readonly by: Pickled;
  readonly args: Pickled;
  readonly items: Pickled[];
  readonly entries: Pair[];
}

/** Persistent id of an object outside of the pickle. */
export interface Stored {
  readonly kind: "stored";
  readonly id: Pickled;
}

export interface Pickle {
  readonly value: Pickled;
  /** All persistent ids, in order. */
  readonly stored: readonly Stored[];
}

/** Limit for one pickle; released models have 200 kB. */
export const MAX_BYTES = 2 ** 25;
const MAX_OPERATIONS = 1_000_000;
const MAX_TEXT = 2 ** 20; // bytes
const MAX_NAME = 200;
const MAX_LONG = 32; // bytes of an integer
const MAX_MARKS = 1000;
const MARK = Symbol("mark");

/** Reads one pickle (protocols 2 to 5) and moves the cursor behind it. */
export function readPickle(cursor: Cursor): Pickle {
  const reading = new Reading(cursor);
  for (let operations = 0; ; operations++) {
    reading.at = cursor.position;
    const code = cursor.uint8();
    if (code === 0x2e) return reading.result();
    if (operations === MAX_OPERATIONS) throw reading.error(`there are more than ${MAX_OPERATIONS} operations`);
    const operation = OPERATIONS[code];
    if (!operation) throw reading.error(`there is no operation 0x${code.toString(16).padStart(2, "0")} in a pickle`);
    operation(reading, cursor);
  }
}

class Reading {
  /** Position of the current opcode. */
  at = 0;
  readonly memo = new Map<number, Pickled>();
  readonly stored: Stored[] = [];
  readonly #cursor: Cursor;
  readonly #stack: (Pickled | typeof MARK)[] = [];
  #marks = 0;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  error(what: string): UserError {
    return damaged(this.#cursor.source, `at byte ${this.at} ${what}`);
  }

  push(value: Pickled): void {
    this.#stack.push(value);
  }

  mark(): void {
    if (this.#marks === MAX_MARKS) throw this.error(`there are more than ${MAX_MARKS} lists within lists`);
    this.#marks++;
    this.#stack.push(MARK);
  }

  pop(): Pickled {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.error("a value is missing");
    return value;
  }

  /** The last values, oldest first. */
  last(count: number): Pickled[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** Pops the values since the last mark, and the mark. */
  toMark(): Pickled[] {
    const mark = this.#marks > 0 ? this.#stack.lastIndexOf(MARK) : -1;
    if (mark < 0) throw this.error("the start of a list is missing");
    this.#marks--;
    const values = this.#stack.splice(mark).slice(1);
    return values as Pickled[]; // there is no other mark behind the last
  }

  result(): Pickle {
    const value = this.pop();
    if (this.#stack.length > 0) throw this.error(`${this.#stack.length} values are left over`);
    return { value, stored: this.stored };
  }

  /** Checks a declared length before anything is allocated. */
  length(claimed: number, most = MAX_TEXT): number {
    if (claimed > most) throw this.error(`something claims ${claimed} bytes; ${most} is the most`);
    return claimed;
  }

  addTo(target: Pickled, values: readonly Pickled[]): void {
    if (!isKind(target, "list", "set", "made")) throw this.error("values are put into what is no list");
    for (const value of values) target.items.push(value);
  }

  setIn(target: Pickled, values: readonly Pickled[]): void {
    if (!isKind(target, "dict", "made")) throw this.error("values are put into what is no dictionary");
    if (values.length % 2 !== 0) throw this.error("a key has no value");
    for (let at = 0; at < values.length; at += 2) target.entries.push([values[at]!, values[at + 1]!]);
  }
}

/** Whether a value is one of these kinds. */
export const isKind = <Kind extends Compound["kind"]>(
  value: Pickled | undefined,
  ...kinds: readonly Kind[]
): value is Extract<Compound, { readonly kind: Kind }> =>
  typeof value === "object" && value !== null && "kind" in value && (kinds as readonly string[]).includes(value.kind);

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const tuple = (items: Pickled[]): Pickled => ({ kind: "tuple", items });
const made = (by: Pickled, args: Pickled): Made => ({ kind: "made", by, args, items: [], entries: [] });
const dict = (): Dict => ({ kind: "dict", entries: [] });

/** Two's complement, little-endian. */
function longOf(bytes: Uint8Array): number | bigint {
  const hex = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, "0"));
  const value = BigInt.asIntN(8 * bytes.length, bytes.length === 0 ? 0n : BigInt(`0x${hex.join("")}`));
  return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

type Operation = (reading: Reading, cursor: Cursor) => void;
type LengthOf = (cursor: Cursor) => number;

const byte: LengthOf = (cursor) => cursor.uint8();
const four: LengthOf = (cursor) => cursor.uint32();
const eight: LengthOf = (cursor) => cursor.uint64();

const text =
  (lengthOf: LengthOf, decode: (bytes: Uint8Array) => string | Uint8Array): Operation =>
  (reading, cursor) =>
    reading.push(decode(cursor.bytes(reading.length(lengthOf(cursor)))));
const unicode = (lengthOf: LengthOf): Operation => text(lengthOf, (bytes) => utf8.decode(bytes));
const rawBytes = (lengthOf: LengthOf): Operation => text(lengthOf, (bytes) => bytes.slice());
const long =
  (lengthOf: LengthOf): Operation =>
  (reading, cursor) =>
    reading.push(longOf(cursor.bytes(reading.length(lengthOf(cursor), MAX_LONG))));
const constant =
  (value: Pickled): Operation =>
  (reading) =>
    reading.push(value);
const number =
  (read: (cursor: Cursor) => number): Operation =>
  (reading, cursor) =>
    reading.push(read(cursor));
const tupleOf =
  (count: number): Operation =>
  (reading) =>
    reading.push(tuple(reading.last(count)));
const call: Operation = (reading) => {
  const [by, args] = reading.last(2);
  reading.push(made(by!, args!));
};
const remember =
  (indexOf: (cursor: Cursor, reading: Reading) => number): Operation =>
  (reading, cursor) =>
    reading.memo.set(indexOf(cursor, reading), reading.top());
const recall =
  (indexOf: LengthOf): Operation =>
  (reading, cursor) => {
    const index = indexOf(cursor);
    const value = reading.memo.get(index);
    if (value === undefined) throw reading.error(`there is no value of number ${index}`);
    reading.push(value);
  };

function globalOf(reading: Reading, [module, name]: readonly Pickled[]): Global {
  if (typeof module !== "string" || typeof name !== "string") throw reading.error("a class has no name");
  reading.length(module.length + name.length, MAX_NAME);
  return { kind: "global", name: `${module}.${name}` };
}

/** By opcode, named as in Python's pickletools. */
const OPERATIONS: Readonly<Record<number, Operation>> = {
  128: (reading, cursor) => {
    const protocol = cursor.uint8();
    if (protocol < 2 || protocol > 5) throw reading.error(`it is pickled in protocol ${protocol}, not 2 to 5`);
  }, // PROTO
  149: (_, cursor) => void cursor.uint64(), // FRAME: how far to read ahead
  40: (reading) => reading.mark(), // MARK
  48: (reading) => void reading.pop(), // POP
  49: (reading) => void reading.toMark(), // POP_MARK
  50: (reading) => reading.push(reading.top()), // DUP
  78: constant(null), // NONE
  136: constant(true), // NEWTRUE
  137: constant(false), // NEWFALSE
  75: number(byte), // BININT1
  77: number((cursor) => cursor.uint16()), // BININT2
  74: number((cursor) => cursor.int32()), // BININT
  71: number((cursor) => cursor.float64()), // BINFLOAT
  138: long(byte), // LONG1
  139: long(four), // LONG4
  88: unicode(four), // BINUNICODE
  140: unicode(byte), // SHORT_BINUNICODE
  141: unicode(eight), // BINUNICODE8
  84: text(four, latin1), // BINSTRING
  85: text(byte, latin1), // SHORT_BINSTRING
  66: rawBytes(four), // BINBYTES
  67: rawBytes(byte), // SHORT_BINBYTES
  142: rawBytes(eight), // BINBYTES8
  150: rawBytes(eight), // BYTEARRAY8
  99: (reading, cursor) => reading.push(globalOf(reading, [cursor.line(MAX_NAME), cursor.line(MAX_NAME)])), // GLOBAL
  147: (reading) => reading.push(globalOf(reading, reading.last(2))), // STACK_GLOBAL
  113: remember(byte), // BINPUT
  114: remember(four), // LONG_BINPUT
  148: remember((_, reading) => reading.memo.size), // MEMOIZE
  104: recall(byte), // BINGET
  106: recall(four), // LONG_BINGET
  41: (reading) => reading.push(tuple([])), // EMPTY_TUPLE
  116: (reading) => reading.push(tuple(reading.toMark())), // TUPLE
  133: tupleOf(1), // TUPLE1
  134: tupleOf(2), // TUPLE2
  135: tupleOf(3), // TUPLE3
  93: (reading) => reading.push({ kind: "list", items: [] }), // EMPTY_LIST
  108: (reading) => reading.push({ kind: "list", items: reading.toMark() }), // LIST
  97: (reading) => {
    const [value] = reading.last(1);
    reading.addTo(reading.top(), [value!]);
  }, // APPEND
  101: (reading) => {
    const values = reading.toMark();
    reading.addTo(reading.top(), values);
  }, // APPENDS
  125: (reading) => reading.push(dict()), // EMPTY_DICT
  100: (reading) => {
    const target = dict();
    reading.setIn(target, reading.toMark());
    reading.push(target);
  }, // DICT
  115: (reading) => {
    const pair = reading.last(2);
    reading.setIn(reading.top(), pair);
  }, // SETITEM
  117: (reading) => {
    const values = reading.toMark();
    reading.setIn(reading.top(), values);
  }, // SETITEMS
  143: (reading) => reading.push({ kind: "set", items: [] }), // EMPTY_SET
  144: (reading) => {
    const values = reading.toMark();
    reading.addTo(reading.top(), values);
  }, // ADDITEMS
  145: (reading) => reading.push({ kind: "set", items: reading.toMark() }), // FROZENSET
  82: call, // REDUCE
  129: call, // NEWOBJ
  146: (reading) => {
    const [by, args] = reading.last(3);
    reading.push(made(by!, args!));
  }, // NEWOBJ_EX
  98: (reading) => {
    reading.pop();
    if (!isKind(reading.top(), "made")) throw reading.error("a state is given to what has none");
  }, // BUILD: attributes such as an OrderedDict's _metadata, which are not needed
  81: (reading) => {
    const stored: Stored = { kind: "stored", id: reading.pop() };
    reading.stored.push(stored);
    reading.push(stored);
  }, // BINPERSID
};
