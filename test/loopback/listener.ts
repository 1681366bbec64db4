/** The second member of a voice channel: it really joins the encrypted group, decrypts what the bot says and decodes it. */
import { DAVESession } from "@snazzah/davey";
import { OpusEncoder } from "mediaplex";
import type { Bell, WaitOptions } from "./bell.ts";
import { type DaveRoom, daveOp, type RoomMember } from "./dave.ts";
import { type Fields, list, number, text } from "./json.ts";
import { silenceFrame } from "./rtp.ts";
import type { Channel, Guild, User } from "./world.ts";

export interface ListenerStats {
  /** Frames that arrived, all kinds. */
  readonly frames: number;
  readonly decrypted: number;
  /** Frames of silence: they come unencrypted. */
  readonly silence: number;
  /** Frames without encryption: dropped where the channel is encrypted. */
  readonly plain: number;
  /** Encrypted frames from before this member was let into the group. */
  readonly early: number;
  /** Frames that would not be decrypted although the one before would. */
  readonly failed: number;
  /** Frames that were no Opus of 20 ms. */
  readonly undecodable: number;
  /** From entering the channel until the first decrypted frame, in ms. */
  readonly firstSoundMs: number | undefined;
  /** The longest time between two frames, in ms. */
  readonly gapMs: number;
  /**
   * The same in processor time of this thread: what a bot in this process kept from its voice by work of its own, however busy
   * the machine is.
   */
  readonly busyMs: number;
}

export interface Hearing {
  /** How much decoded sound is kept: the last so many seconds, or all. */
  readonly keep?: number | "all";
}

const frameBytes = 3840; // 20 ms of 48 kHz stereo s16le
const frameSeconds = 0.02;
const marker = 0xfafa;
const daveVersion = 1;

export class Listener implements RoomMember {
  readonly user: User;
  readonly guild: Guild;
  readonly channel: Channel;
  readonly isBot = false;
  readonly #bell: Bell;
  readonly #room: DaveRoom;
  readonly #onLeave: () => void;
  readonly #keptFrames: number;
  readonly #decoder = new OpusEncoder(48_000, 2);
  readonly #enteredAt = performance.now();
  readonly #recognized = new Set<string>();
  readonly #pending = new Map<number, number>();
  #session: DAVESession | undefined;
  #version: number;
  #frames: Buffer[] = [];
  #heard = 0;
  #lastFrameAt = 0;
  #lastFrameCpu = 0;
  #left = false;
  #stats = { frames: 0, decrypted: 0, silence: 0, plain: 0, early: 0, failed: 0, undecodable: 0, gapMs: 0, busyMs: 0 };
  #firstSoundMs: number | undefined;

  constructor(
    who: { user: User; guild: Guild; channel: Channel },
    room: DaveRoom,
    { bell, keep = 10, onLeave }: Hearing & { bell: Bell; onLeave: () => void },
  ) {
    this.user = who.user;
    this.guild = who.guild;
    this.channel = who.channel;
    this.#room = room;
    this.#bell = bell;
    this.#onLeave = onLeave;
    this.#version = room.version;
    this.#keptFrames = keep === "all" ? Number.POSITIVE_INFINITY : Math.round(keep / frameSeconds);
    if (room.version > 0) this.#session = new DAVESession(daveVersion, who.user.id, who.channel.id);
  }

  get userId(): string {
    return this.user.id;
  }

  /** What the members of the group can compare; empty while there is no group. */
  get privacyCode(): string {
    return this.#session?.voicePrivacyCode ?? "";
  }

  get stats(): ListenerStats {
    return { ...this.#stats, firstSoundMs: this.#firstSoundMs };
  }

  /** Seconds of sound decoded so far, silence included. */
  get secondsHeard(): number {
    return this.#heard * frameSeconds;
  }

  /** The kept sound: interleaved stereo at 48 kHz. */
  pcm(): Int16Array {
    const bytes = Buffer.concat(this.#frames);
    return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2).slice();
  }

  /** Forgets the kept sound. */
  forget(): void {
    this.#frames = [];
  }

  /** Waits until so many more seconds than now were heard. */
  async hears(seconds: number, options: WaitOptions = {}): Promise<void> {
    const until = this.#heard + Math.round(seconds / frameSeconds);
    const look = () => (this.#heard >= until ? true : undefined);
    await this.#bell.until(look, { what: `${seconds} s more of sound for ${this.user.username}`, ...options });
  }

  /** Waits until nothing was heard for so long; of something that never began, never. */
  async quiet(milliseconds: number, options: WaitOptions = {}): Promise<void> {
    const ringing = setInterval(() => this.#bell.ring(), milliseconds / 4);
    const look = () => (this.#heard > 0 && performance.now() - this.#lastFrameAt >= milliseconds ? true : undefined);
    await this.#bell.until(look, { what: "end of the sound", ...options }).finally(() => clearInterval(ringing));
  }

  /** Waits until this member and another are in the encrypted group. */
  async secured(userId: string, options: WaitOptions = {}): Promise<void> {
    const look = () => (this.#session?.ready && this.#session.getUserIds().includes(userId) ? true : undefined);
    await this.#bell.until(look, { what: "common encrypted group", ...options });
  }

  /** Enters the room. */
  enter(): void {
    this.#room.enter(this);
    this.#sendKeyPackage();
  }

  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#onLeave();
  }

  json(op: number, data: Fields): void {
    this.#later(() => this.#takeJson(op, data));
  }

  binary(op: number, payload: Buffer): void {
    this.#later(() => this.#takeBinary(op, payload));
  }

  /** A frame that somebody sent, as it came out of RTP. */
  hear(from: string, frame: Buffer): void {
    this.#stats.frames += 1;
    this.#time();
    const opus = this.#opened(from, frame);
    if (opus) this.#decode(opus);
    this.#bell.ring();
  }

  #time(): void {
    const { user, system } = process.threadCpuUsage();
    const [at, cpu] = [performance.now(), (user + system) / 1000];
    if (this.#lastFrameAt > 0) {
      this.#stats.gapMs = Math.max(this.#stats.gapMs, at - this.#lastFrameAt);
      this.#stats.busyMs = Math.max(this.#stats.busyMs, cpu - this.#lastFrameCpu);
    }
    this.#lastFrameAt = at;
    this.#lastFrameCpu = cpu;
  }

  /** A message arrives after the present one is dealt with, as over a line. */
  #later(take: () => void): void {
    setImmediate(() => {
      if (!this.#left) take();
      this.#bell.ring();
    });
  }

  #takeJson(op: number, data: Fields): void {
    const transition = number(data.transition_id);
    if (op === daveOp.clientsConnect) for (const id of list(data.user_ids)) this.#recognized.add(text(id));
    if (op === daveOp.clientDisconnect) this.#recognized.delete(text(data.user_id));
    if (op === daveOp.prepareEpoch && data.epoch === 1) this.#startOver();
    if (op === daveOp.prepareTransition && transition > 0) this.#prepare(transition, number(data.protocol_version));
    if (op === daveOp.executeTransition) {
      this.#version = this.#pending.get(transition) ?? this.#version;
      this.#pending.delete(transition);
    }
  }

  #prepare(transition: number, version: number): void {
    this.#pending.set(transition, version);
    this.#room.transitionReady(this.userId, transition);
  }

  #startOver(): void {
    this.#session?.reinit(daveVersion, this.userId, this.channel.id);
    this.#sendKeyPackage();
  }

  #sendKeyPackage(): void {
    const session = this.#session;
    if (session) this.#later(() => this.#room.keyPackage(this.userId, session.getSerializedKeyPackage()));
  }

  #takeBinary(op: number, payload: Buffer): void {
    const session = this.#session;
    if (!session) return;
    if (op === daveOp.externalSender) session.setExternalSender(payload);
    if (op === daveOp.proposals) {
      const { commit, welcome } = session.processProposals(payload.readUInt8(), payload.subarray(1), [
        ...this.#recognized,
      ]);
      if (commit) this.#room.commit(this.userId, welcome ? Buffer.concat([commit, welcome]) : commit);
    }
    if (op === daveOp.announceCommit) this.#step(payload, (bytes) => session.processCommit(bytes));
    if (op === daveOp.welcome) this.#step(payload, (bytes) => session.processWelcome(bytes));
  }

  #step(payload: Buffer, take: (bytes: Buffer) => void): void {
    const transition = payload.readUInt16BE();
    try {
      take(payload.subarray(2));
      if (transition > 0) this.#prepare(transition, this.#version);
    } catch {
      this.#room.invalid();
      this.#startOver();
    }
  }

  /** The Opus packet in a frame, or nothing where a real client would hear nothing. */
  #opened(from: string, frame: Buffer): Buffer | undefined {
    if (frame.equals(silenceFrame)) {
      this.#stats.silence += 1;
      return frame;
    }
    const isEncrypted = frame.length > 2 && frame.readUInt16BE(frame.length - 2) === marker;
    if (!isEncrypted) {
      this.#stats.plain += 1;
      return this.#version === 0 ? frame : undefined;
    }
    try {
      const opus = this.#session?.decrypt(from, 0, frame);
      this.#stats.decrypted += 1;
      this.#firstSoundMs ??= performance.now() - this.#enteredAt;
      return opus;
    } catch {
      if (this.#stats.decrypted === 0) this.#stats.early += 1;
      else this.#stats.failed += 1;
      return undefined;
    }
  }

  #decode(opus: Buffer): void {
    const sound = this.#decoder.decode(opus);
    // The decoder swallows bad input without a word: only the length tells.
    if (sound.length !== frameBytes) {
      this.#stats.undecodable += 1;
      return;
    }
    this.#heard += 1;
    this.#frames.push(Buffer.from(sound));
    if (this.#frames.length > this.#keptFrames) this.#frames.shift();
  }
}
