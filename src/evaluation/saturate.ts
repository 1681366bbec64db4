/** WebAssembly rewritten: float-to-integer conversions that trapped saturate, as C programs silently expect, and memory has no most. */

const magic = 0x6d736100; // "\0asm"
const importSection = 2;
const codeSection = 10;
const saturatingPrefix = 0xfc;

/** i32.trunc_f32_s … i64.trunc_f64_u, and the second byte of the operation that saturates. */
const saturating: ReadonlyMap<number, number> = new Map(
  [0xa8, 0xa9, 0xaa, 0xab, 0xae, 0xaf, 0xb0, 0xb1].map((code, index) => [code, index]),
);

/** Operations of WebAssembly 1.0 by what follows them: so many variable-length numbers, or so many bytes. */
const numbersAfter = (code: number): number =>
  code === 0x0c || code === 0x0d || code === 0x10 || (code >= 0x20 && code <= 0x24) || code === 0x41 || code === 0x42
    ? 1
    : code === 0x11 || (code >= 0x28 && code <= 0x3e)
      ? 2
      : 0;
const bytesAfter = (code: number): number =>
  (code >= 0x02 && code <= 0x04) || code === 0x3f || code === 0x40 ? 1 : code === 0x43 ? 4 : code === 0x44 ? 8 : 0;
const branchTable = 0x0e;
const lastCode = 0xbf;

/** The same module with every trapping conversion replaced, and how many there were. */
export function saturate(module: Uint8Array): { bytes: Uint8Array<ArrayBuffer>; replaced: number } {
  let replaced = 0;
  const bytes = withSection(module, codeSection, (reader, end, out) => {
    replaced = saturateCode(reader, end, out);
  });
  return { bytes, replaced };
}

/** The same module, to which any memory may be given that is large enough, whatever most it asked for. */
export const unlimited = (module: Uint8Array): Uint8Array<ArrayBuffer> =>
  withSection(module, importSection, (reader, end, out) => {
    const imports = number(reader);
    append(out, variable(imports));
    for (let index = 0; index < imports; index++) copyImport(reader, out);
    if (reader.at !== end) throw new Error("a WebAssembly import section of another length than it says");
  });

/** The same module with one section written anew: read from a reader, up to its end, into `out`. */
function withSection(
  module: Uint8Array,
  wanted: number,
  rewrite: (reader: Reader, end: number, out: number[]) => void,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(module.buffer, module.byteOffset, module.byteLength);
  if (module.length < 8 || view.getUint32(0, true) !== magic) throw new Error("no WebAssembly module");
  const out: number[] = [];
  append(out, module.subarray(0, 8));
  const reader = { bytes: module, at: 8 };
  while (reader.at < module.length) {
    const start = reader.at;
    const id = module[reader.at++]!;
    const end = number(reader) + reader.at;
    if (end > module.length) throw new Error("a WebAssembly section that breaks off");
    if (id === wanted) {
      const section: number[] = [];
      rewrite(reader, end, section);
      append(out, [id, ...variable(section.length)]);
      append(out, section);
    } else append(out, module.subarray(start, end));
    reader.at = end;
  }
  return Uint8Array.from(out);
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

const kinds = { function: 0, table: 1, memory: 2, global: 3 } as const;

function copyImport(reader: Reader, out: number[]): void {
  const from = reader.at;
  for (const _name of ["module", "field"]) {
    const length = number(reader);
    reader.at += length;
  }
  const kind = reader.bytes[reader.at++];
  if (kind === kinds.memory) {
    append(out, reader.bytes.subarray(from, reader.at));
    const [least] = limits(reader);
    out.push(0, ...variable(least));
    return;
  }
  if (kind === kinds.function) number(reader);
  else if (kind === kinds.table) {
    reader.at++; // of what
    limits(reader);
  } else if (kind === kinds.global)
    reader.at += 2; // its type, and whether it changes
  else throw new Error(`a WebAssembly import of kind ${kind}`);
  append(out, reader.bytes.subarray(from, reader.at));
}

/** The least, and the most where there is one. */
function limits(reader: Reader): [number, number?] {
  const bounded = reader.bytes[reader.at++] === 1;
  const least = number(reader);
  return bounded ? [least, number(reader)] : [least];
}

/** Returns how many it replaced. */
function saturateCode(reader: Reader, end: number, out: number[]): number {
  const functions = number(reader);
  append(out, variable(functions));
  let replaced = 0;
  for (let index = 0; index < functions; index++) {
    const size = number(reader);
    const body: number[] = [];
    replaced += saturateBody(reader, reader.at + size, body);
    append(out, variable(body.length));
    append(out, body);
  }
  if (reader.at !== end) throw new Error("a WebAssembly code section of another length than it says");
  return replaced;
}

/** Copies locals and operations one by one; returns how many it replaced. */
function saturateBody(reader: Reader, end: number, out: number[]): number {
  const { bytes } = reader;
  let from = reader.at;
  let replaced = 0;
  for (let groups = number(reader); groups > 0; groups--) {
    number(reader);
    reader.at++; // the locals' type
  }
  while (reader.at < end) {
    const code = bytes[reader.at]!;
    const second = saturating.get(code);
    if (second !== undefined) {
      append(out, bytes.subarray(from, reader.at));
      out.push(saturatingPrefix, second);
      from = ++reader.at;
      replaced++;
    } else skip(reader);
  }
  append(out, bytes.subarray(from, end));
  if (reader.at !== end) throw new Error("a WebAssembly function of another length than it says");
  return replaced;
}

function skip(reader: Reader): void {
  const code = reader.bytes[reader.at++]!;
  if (code > lastCode) throw new Error(`a WebAssembly operation ${code} from after 1.0`);
  const numbers = code === branchTable ? number(reader) + 1 : numbersAfter(code);
  for (let left = numbers; left > 0; left--) number(reader);
  reader.at += bytesAfter(code);
}

/** The variable-length number at the reader's place, as if it were unsigned (signed ones are only skipped). */
function number(reader: Reader): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new Error("a WebAssembly number that breaks off");
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  throw new Error("a WebAssembly number without end");
}

function variable(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** Spreading a large array as arguments would overflow the stack. */
function append(out: number[], bytes: ArrayLike<number>): void {
  for (let at = 0; at < bytes.length; at++) out.push(bytes[at]!);
}
