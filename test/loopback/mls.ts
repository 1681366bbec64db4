/** The few structures of MLS (RFC 9420) that a delivery service reads and an external sender writes. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

const version = 1;
const cipherSuite = 2; // P-256, AES-128-GCM, SHA-256
const kind = { publicMessage: 1, keyPackage: 5 };
const sender = { member: 1, external: 2 };
const content = { proposal: 2, commit: 3 };
const proposalType = { add: 1, remove: 3 };

const u8 = (value: number) => Buffer.from([value]);
const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

/** A vector: its length in one, two or four bytes, then its bytes. */
export function vector(...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts);
  const { length } = bytes;
  if (length < 0x40) return Buffer.concat([u8(length), bytes]);
  if (length < 0x4000) return Buffer.concat([u16(length | 0x4000), bytes]);
  return Buffer.concat([u32((length | 0x80000000) >>> 0), bytes]);
}

/** Reads from front to back and throws a RangeError at the end of the bytes. */
class Reader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    if (this.at + length > this.#bytes.length) throw new RangeError("The MLS message is cut short.");
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16BE();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  u64(): bigint {
    return this.take(8).readBigUInt64BE();
  }

  vector(): Buffer {
    const first = this.u8();
    if (first < 0x40) return this.take(first);
    if (first < 0x80) return this.take(((first & 0x3f) << 8) | this.u8());
    if (first < 0xc0) return this.take(((first & 0x3f) * 2 ** 24) | (this.u8() << 16) | this.u16());
    throw new RangeError("A vector of MLS has a length of a kind that does not exist.");
  }
}

interface Leaf {
  readonly signatureKey: Buffer;
  readonly identity: Buffer;
  /** Of a key package. */
  readonly lifetime: readonly [bigint, bigint] | undefined;
}

function readLeaf(reader: Reader): Leaf {
  reader.vector(); // encryption key
  const signatureKey = reader.vector();
  if (reader.u16() !== 1) throw new RangeError("The credential is not a basic one.");
  const identity = reader.vector();
  for (let capability = 0; capability < 5; capability++) reader.vector();
  const source = reader.u8();
  const lifetime = source === 1 ? ([reader.u64(), reader.u64()] as const) : undefined;
  if (source === 3) reader.vector(); // parent hash
  reader.vector(); // extensions
  reader.vector(); // signature
  return { signatureKey, identity, lifetime };
}

const spkiOfP256 = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");

const pointAsKey = (point: Buffer): KeyObject =>
  createPublicKey({ key: Buffer.concat([spkiOfP256, point]), format: "der", type: "spki" });

const labelled = (label: string, bytes: Buffer) =>
  Buffer.concat([vector(Buffer.from(`MLS 1.0 ${label}`)), vector(bytes)]);

/** A key package without its message header, after every check a server can make; throws what is wrong with it. */
export function checkedKeyPackage(sent: Buffer, userId: string): Buffer {
  const wrapped = sent.readUInt16BE(0) === version && sent.readUInt16BE(2) === kind.keyPackage;
  const bytes = wrapped ? sent.subarray(4) : sent;
  const reader = new Reader(bytes);
  if (reader.u16() !== version || reader.u16() !== cipherSuite)
    throw new RangeError("Version or cipher suite is wrong.");
  reader.vector(); // init key
  const { signatureKey, identity, lifetime } = readLeaf(reader);
  reader.vector(); // extensions
  const signed = bytes.subarray(0, reader.at);
  const signature = reader.vector();
  if (reader.at !== bytes.length) throw new RangeError("Bytes are left over after the key package.");
  if (!identity.equals(u64(BigInt(userId)))) throw new RangeError("The credential names another user.");
  if (lifetime?.[0] !== 0n || lifetime[1] !== 2n ** 64n - 1n) throw new RangeError("The lifetime is not for ever.");
  if (!verify("sha256", labelled("KeyPackageTBS", signed), pointAsKey(signatureKey), signature)) {
    throw new RangeError("The signature of the key package does not hold.");
  }
  return bytes;
}

export interface Commit {
  readonly epoch: bigint;
  readonly leaf: number;
  /** The commit as a message, and the welcome behind it, empty if nobody is new. */
  readonly message: Buffer;
  readonly welcome: Buffer;
}

/** Splits what a committer sends: the commit must be walked to find its end. */
export function splitCommit(bytes: Buffer, groupId: bigint): Commit {
  const reader = new Reader(bytes);
  if (reader.u16() !== version || reader.u16() !== kind.publicMessage) throw new RangeError("No public message.");
  if (!reader.vector().equals(u64(groupId))) throw new RangeError("The commit is for another group.");
  const epoch = reader.u64();
  if (reader.u8() !== sender.member) throw new RangeError("The commit is not from a member.");
  const leaf = reader.u32();
  reader.vector(); // authenticated data
  if (reader.u8() !== content.commit) throw new RangeError("The message is no commit.");
  reader.vector(); // proposals
  if (reader.u8() === 1) {
    readLeaf(reader);
    reader.vector(); // nodes of the path
  }
  for (const _ of ["signature", "confirmation tag", "membership tag"]) reader.vector();
  return { epoch, leaf, message: bytes.subarray(0, reader.at), welcome: bytes.subarray(reader.at) };
}

/** Signs proposals in the server's name. */
export class ExternalSender {
  readonly #private: KeyObject;
  /** Payload of op 25: key and credential. */
  readonly description: Buffer;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#private = privateKey;
    const point = publicKey.export({ type: "spki", format: "der" }).subarray(spkiOfP256.length);
    this.description = Buffer.concat([vector(point), u16(1), vector(u64(1n))]);
  }

  add(groupId: bigint, epoch: bigint, keyPackage: Buffer): Buffer {
    return this.#propose(groupId, epoch, Buffer.concat([u16(proposalType.add), keyPackage]));
  }

  remove(groupId: bigint, epoch: bigint, leaf: number): Buffer {
    return this.#propose(groupId, epoch, Buffer.concat([u16(proposalType.remove), u32(leaf)]));
  }

  /** A proposal as a message. It is signed once: a receiver knows it by the hash over the signature. */
  #propose(groupId: bigint, epoch: bigint, proposal: Buffer): Buffer {
    const framed = Buffer.concat([
      u16(version),
      u16(kind.publicMessage),
      vector(u64(groupId)),
      u64(epoch),
      u8(sender.external),
      u32(0),
      vector(),
      u8(content.proposal),
      proposal,
    ]);
    return Buffer.concat([framed, vector(sign("sha256", labelled("FramedContentTBS", framed), this.#private))]);
  }
}

/** Payload of op 27 that appends proposals. */
export const appended = (proposals: readonly Buffer[]): Buffer => Buffer.concat([u8(0), vector(...proposals)]);

/** Payload of ops 29 and 30. */
export const inTransition = (transition: number, bytes: Buffer): Buffer => Buffer.concat([u16(transition), bytes]);
