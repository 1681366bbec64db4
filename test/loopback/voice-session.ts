/** One connection of the bot to one voice channel: what it agreed to, what it sent, and what it still has to be told. */
import type { WebSocket } from "ws";
import type { RoomMember } from "./dave.ts";
import type { Fields } from "./json.ts";
import { PacketLog } from "./packet-log.ts";
import { counterOf, openRtp, opusPayload, parseRtp, silenceFrame } from "./rtp.ts";
import type { Channel, Guild } from "./world.ts";

/** What op 4 of the main gateway earned: needed to identify. */
export interface Seat {
  readonly guild: Guild;
  readonly channel: Channel;
  readonly userId: string;
  readonly isBot: boolean;
  readonly sessionId: string;
  readonly token: string;
}

/** A message kept for a resume. */
interface Numbered {
  readonly seq: number;
  readonly frame: string | Buffer;
}

const keptMessages = 500;
const keptFrames = 250; // 5 s

export class VoiceSession implements RoomMember {
  readonly seat: Seat;
  readonly ssrc: number;
  readonly key: Buffer;
  readonly packets = new PacketLog();
  /** Op 5 in order. */
  readonly speaking: boolean[] = [];
  /** The last seconds of frames, as they came out of RTP. */
  readonly frames: Buffer[] = [];
  /** Cipher agreed on; undefined until then. */
  mode: string | undefined;
  socket: WebSocket | undefined;
  resumes = 0;
  /** Set when the seat is given up: nothing is taken from it any more. */
  ended = false;
  #sequence = 0;
  readonly #sent: Numbered[] = [];
  /** Every nonce of this session's key: no two packets may share one. */
  readonly #counters = new Set<number>();

  constructor(seat: Seat, { ssrc, key }: { ssrc: number; key: Buffer }) {
    this.seat = seat;
    this.ssrc = ssrc;
    this.key = key;
  }

  get userId(): string {
    return this.seat.userId;
  }

  get isBot(): boolean {
    return this.seat.isBot;
  }

  /** Has keys, so that sound can flow. */
  get ready(): boolean {
    return this.mode !== undefined && !this.ended;
  }

  json(op: number, d: Fields): void {
    this.#sequence += 1;
    this.#keep(JSON.stringify({ op, d, seq: this.#sequence }));
  }

  binary(op: number, payload: Buffer): void {
    this.#sequence += 1;
    const head = Buffer.alloc(3);
    head.writeUInt16BE(this.#sequence & 0xffff);
    head.writeUInt8(op, 2);
    this.#keep(Buffer.concat([head, payload]));
  }

  /** A message outside the sequence. */
  plain(op: number, d: unknown): void {
    this.#send(JSON.stringify({ op, d }));
  }

  /** Goes on over another socket: first that it may, then what was missed. */
  resume(socket: WebSocket, seqAck: number): void {
    this.socket = socket;
    this.resumes += 1;
    this.plain(9, null);
    for (const { seq, frame } of this.#sent) if (seq > seqAck) this.#send(frame);
  }

  get isConnected(): boolean {
    return this.socket !== undefined && this.socket.readyState === this.socket.OPEN;
  }

  close(code: number): void {
    this.socket?.close(code);
  }

  /** Takes a datagram; gives the frame inside, or says what was wrong with it. */
  take(datagram: Buffer, at: number): { frame: Buffer } | { wrong: string } {
    const packet = parseRtp(datagram);
    if (!packet || packet.payloadType !== opusPayload || !this.mode) return { wrong: "a datagram that is no voice" };
    const frame = openRtp(packet, this.mode, this.key);
    if (!frame) {
      this.packets.authFailures += 1;
      return { wrong: "a packet that was not sealed with the session's key" };
    }
    const { sequence, timestamp } = packet;
    this.packets.add({ sequence, timestamp, at, isSilence: frame.equals(silenceFrame) });
    this.frames.push(frame);
    if (this.frames.length > keptFrames) this.frames.shift();
    const counter = counterOf(packet);
    const isReused = this.#counters.has(counter);
    this.#counters.add(counter);
    return isReused ? { wrong: `nonce ${counter} used twice` } : { frame };
  }

  #keep(frame: string | Buffer): void {
    this.#sent.push({ seq: this.#sequence, frame });
    if (this.#sent.length > keptMessages) this.#sent.shift();
    this.#send(frame);
  }

  #send(frame: string | Buffer): void {
    if (this.isConnected) this.socket?.send(frame);
  }
}
