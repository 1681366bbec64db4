/** RTP packets of Discord's voice: their header, and both transport ciphers that may seal the rest. */
import { createDecipheriv } from "node:crypto";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";

export interface RtpPacket {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** What is sealed against change but readable: 12 bytes, 4 a contributing source, 4 if extended. */
  readonly header: Buffer;
  /** Ciphertext, 16 bytes of tag, 4 of nonce. */
  readonly sealed: Buffer;
  /** 32-bit words of the header extension at the start of the plain text. */
  readonly extensionWords: number;
  readonly padded: boolean;
}

const tagBytes = 16;
const counterBytes = 4;

export const opusPayload = 120;

/** Three bytes of Opus that say nothing: never encrypted end to end. */
export const silenceFrame = Buffer.from([0xf8, 0xff, 0xfe]);

/** Reads a datagram; undefined if it is no RTP of version 2. */
export function parseRtp(datagram: Buffer): RtpPacket | undefined {
  const first = datagram[0] ?? 0;
  const extended = (first & 0x10) !== 0;
  const headerBytes = 12 + 4 * (first & 0x0f) + (extended ? 4 : 0);
  if (first >> 6 !== 2 || datagram.length < headerBytes + tagBytes + counterBytes) return undefined;
  return {
    payloadType: (datagram[1] ?? 0) & 0x7f,
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    header: datagram.subarray(0, headerBytes),
    sealed: datagram.subarray(headerBytes),
    extensionWords: extended ? datagram.readUInt16BE(headerBytes - 2) : 0,
    padded: (first & 0x20) !== 0,
  };
}

/** The nonce counter at a packet's end; no key may see the same one twice. */
export const counterOf = ({ sealed }: RtpPacket): number => sealed.readUInt32BE(sealed.length - counterBytes);

/** Opens the packet; undefined if it was not sealed with this key. */
export function openRtp(packet: RtpPacket, mode: string, key: Buffer): Buffer | undefined {
  const { header, sealed, extensionWords, padded } = packet;
  const counter = sealed.subarray(-counterBytes);
  const body = sealed.subarray(0, -counterBytes);
  let plain: Buffer;
  try {
    plain =
      mode === "aead_aes256_gcm_rtpsize"
        ? openAes(body, { key, counter, header })
        : openXChaCha(body, { key, counter, header });
  } catch {
    return undefined;
  }
  const end = padded ? plain.length - (plain.at(-1) ?? 0) : plain.length;
  return plain.subarray(4 * extensionWords, end);
}

interface Sealing {
  readonly key: Buffer;
  readonly counter: Buffer;
  readonly header: Buffer;
}

const nonce = (counter: Buffer, length: number) => Buffer.concat([counter, Buffer.alloc(length - counterBytes)]);

function openAes(body: Buffer, { key, counter, header }: Sealing): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce(counter, 12));
  decipher.setAAD(header);
  decipher.setAuthTag(body.subarray(-tagBytes));
  return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]);
}

const openXChaCha = (body: Buffer, { key, counter, header }: Sealing): Buffer =>
  Buffer.from(xchacha20poly1305(key, nonce(counter, 24), header).decrypt(body));
