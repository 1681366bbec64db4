/** The voice gateway over TLS and the media port beside it: identify, keys, resume, heartbeats, and sound. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { type Certificate, trustedCertificate } from "./certificate.ts";
import type { Core } from "./core.ts";
import { DaveRoom, daveOp } from "./dave.ts";
import { type Fields, fields, number, parsed, text } from "./json.ts";
import type { Listener } from "./listener.ts";
import type { VoiceFaults } from "./voice-faults.ts";
import { type Seat, VoiceSession } from "./voice-session.ts";
import type { Channel } from "./world.ts";

const op = { identify: 0, select: 1, ready: 2, heartbeat: 3, description: 4, speaking: 5, ack: 6, resume: 7, hello: 8 };
const closed = {
  notAuthenticated: 4003,
  badToken: 4004,
  twice: 4005,
  badSession: 4006,
  badProtocol: 4012,
  crashed: 4015,
  needsDave: 4017,
};
const discoveryBytes = 74;
const keepAliveBytes = 8;

export class VoiceServer {
  readonly sessions: VoiceSession[] = [];
  /** Connections that were opened. */
  connections = 0;
  readonly #core: Core;
  readonly #faults: VoiceFaults;
  readonly #https: Server;
  readonly #sockets: WebSocketServer;
  readonly #udp: Socket = createSocket("udp4");
  readonly #certificate: Certificate = trustedCertificate();
  readonly #seats = new Map<string, Seat>();
  readonly #rooms = new Map<string, DaveRoom>();
  readonly #listeners = new Set<Listener>();

  constructor(core: Core, faults: VoiceFaults) {
    this.#core = core;
    this.#faults = faults;
    this.#https = createServer({ cert: this.#certificate.certificate, key: this.#certificate.key });
    this.#sockets = new WebSocketServer({ server: this.#https });
    this.#sockets.on("connection", (socket) => this.#greet(socket));
    this.#udp.on("message", (datagram, from) => this.#datagram(datagram, from, performance.now()));
  }

  get certificate(): string {
    return this.#certificate.certificate;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#https.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((listening) => this.#https.listen(0, "127.0.0.1", listening));
    await new Promise<void>((bound) => this.#udp.bind(0, "127.0.0.1", bound));
  }

  async stop(): Promise<void> {
    for (const room of this.#rooms.values()) room.stop();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#https.closeAllConnections();
    await new Promise<void>((done) => this.#https.close(() => done()));
    await new Promise<void>((done) => this.#udp.close(() => done()));
  }

  /** Expects somebody to identify for this seat. */
  admit(seat: Seat): void {
    this.#seats.set(seat.token, seat);
  }

  /** The living session of a user in a guild. */
  session(guildId: string, userId: string): VoiceSession | undefined {
    return this.sessions.findLast(({ seat, ended }) => seat.guild.id === guildId && seat.userId === userId && !ended);
  }

  /** Ends a user's seat in a guild; closes the connection if a code is given. */
  expel(guildId: string, userId: string, code?: number): void {
    for (const [token, seat] of this.#seats) {
      if (seat.guild.id === guildId && seat.userId === userId) this.#seats.delete(token);
    }
    const session = this.session(guildId, userId);
    if (!session) return;
    this.#end(session);
    if (code !== undefined) session.close(code);
    this.#core.bell.ring();
  }

  /** Closes a connection; only some codes leave the session for a resume. */
  close(session: VoiceSession, code: number): void {
    if (code !== closed.crashed && code >= 4000) this.#end(session);
    session.close(code);
  }

  room(channel: Channel): DaveRoom {
    const known = this.#rooms.get(channel.id);
    if (known) return known;
    const version = channel.kind === "stage" ? 0 : this.#core.settings.daveVersion;
    const room = new DaveRoom(channel.id, version, this.#core);
    this.#rooms.set(channel.id, room);
    return room;
  }

  addListener(listener: Listener): void {
    this.#listeners.add(listener);
    listener.enter();
  }

  removeListener(listener: Listener): void {
    this.#listeners.delete(listener);
    this.room(listener.channel).leave(listener.userId);
  }

  #greet(socket: WebSocket): void {
    this.connections += 1;
    let session: VoiceSession | undefined;
    socket.on("error", () => undefined); // a cut connection is no news here
    socket.on("close", () => {
      if (session?.socket === socket) session.socket = undefined;
      this.#core.bell.ring();
    });
    socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      if (isBinary) this.#binary(session, bytes);
      else session = this.#json(socket, session, parsed(bytes.toString("utf8")) ?? {}) ?? session;
      this.#core.bell.ring();
    });
    socket.send(
      JSON.stringify({ op: op.hello, d: { v: 8, heartbeat_interval: this.#core.settings.voiceHeartbeatMs } }),
    );
  }

  /** Takes a JSON message; gives the session that the socket now belongs to, if that changed. */
  #json(socket: WebSocket, session: VoiceSession | undefined, frame: Fields): VoiceSession | undefined {
    const data = fields(frame.d);
    if (frame.op === op.heartbeat) {
      const withheld = this.#faults.take("withholdAck") !== undefined;
      if (!withheld) socket.send(JSON.stringify({ op: op.ack, d: { t: data.t } }));
      return undefined;
    }
    if (frame.op === op.identify && !session) return this.#identify(socket, data);
    if (frame.op === op.resume && !session) return this.#resume(socket, data);
    if (!session) socket.close(closed.notAuthenticated);
    else if (frame.op === op.identify) socket.close(closed.twice);
    else if (frame.op === op.select) this.#select(socket, session, data);
    else if (frame.op === op.speaking) this.#speaking(session, number(data.speaking) > 0);
    else if (frame.op === daveOp.transitionReady)
      this.#roomOf(session).transitionReady(session.userId, number(data.transition_id));
    else if (frame.op === daveOp.invalidCommit) this.#roomOf(session).invalid();
    else this.#core.findings.add("voice-misuse", `voice op ${frame.op}`);
    return undefined;
  }

  #identify(socket: WebSocket, data: Fields): VoiceSession | undefined {
    const { settings, ids } = this.#core;
    const refusal = this.#faults.take("refuseIdentify");
    const seat = this.#seats.get(text(data.token));
    const code = refusal ?? this.#whyNot(seat, data);
    if (code !== undefined || !seat) {
      socket.close(code ?? closed.badToken);
      return undefined;
    }
    const former = this.session(seat.guild.id, seat.userId);
    if (former) this.#end(former); // whoever comes anew has left first
    const session = new VoiceSession(seat, { ssrc: ids.random(), key: ids.bytes(32) });
    session.socket = socket;
    this.sessions.push(session);
    const { port } = this.#udp.address();
    session.plain(op.ready, {
      ssrc: session.ssrc,
      ip: "127.0.0.1",
      port,
      modes: settings.modes,
      heartbeat_interval: 1,
    });
    session.json(18, { flags: 0, user_id: seat.userId }); // two that nobody asked for, as real servers send
    session.json(20, { platform: 0, user_id: seat.userId });
    return session;
  }

  /** The close code that an identify deserves. */
  #whyNot(seat: Seat | undefined, data: Fields): number | undefined {
    const { settings, findings } = this.#core;
    if (!seat || seat.guild.id !== data.server_id || seat.userId !== data.user_id) return closed.badToken;
    if (seat.sessionId !== data.session_id) return closed.badSession;
    if (this.room(seat.channel).version > 0 && settings.requireDave && number(data.max_dave_protocol_version) < 1) {
      findings.add("voice-misuse", "identify without end-to-end encryption");
      return closed.needsDave;
    }
    return undefined;
  }

  #end(session: VoiceSession): void {
    session.ended = true;
    this.room(session.seat.channel).leave(session.userId);
  }

  #resume(socket: WebSocket, data: Fields): VoiceSession | undefined {
    const refusal = this.#faults.take("refuseResume");
    const session = this.sessions.findLast(
      ({ seat }) => seat.token === data.token && seat.sessionId === data.session_id,
    );
    if (refusal !== undefined || !session?.ready || session.seat.guild.id !== data.server_id) {
      if (session && refusal !== undefined) this.#end(session);
      socket.close(refusal ?? closed.badSession);
      return undefined;
    }
    session.resume(socket, number(data.seq_ack));
    return session;
  }

  #select(socket: WebSocket, session: VoiceSession, data: Fields): void {
    const { mode } = fields(data.data);
    const { settings, findings } = this.#core;
    if (data.protocol !== "udp" || !settings.modes.includes(text(mode))) {
      findings.add("voice-misuse", `protocol ${data.protocol}, mode ${mode}`);
      socket.close(closed.badProtocol);
      return;
    }
    session.mode = text(mode);
    const room = this.#roomOf(session);
    session.plain(op.description, { mode, secret_key: [...session.key], dave_protocol_version: room.version });
    room.enter(this.#faulty(session));
  }

  /** The session as the room sees it, with damage done to what was chosen to be damaged. */
  #faulty(session: VoiceSession) {
    const kinds = { 27: "corruptProposals", 29: "corruptCommit", 30: "corruptWelcome" } as const;
    return {
      userId: session.userId,
      isBot: session.isBot,
      json: (code: number, data: Fields) => session.json(code, data),
      binary: (code: number, payload: Buffer) => {
        const kind = kinds[code as keyof typeof kinds];
        const struck = kind !== undefined && this.#faults.take(kind) !== undefined;
        session.binary(code, struck ? damaged(payload) : payload);
      },
    };
  }

  #speaking(session: VoiceSession, on: boolean): void {
    session.speaking.push(on);
    session.packets.speaking(on, performance.now());
  }

  #binary(session: VoiceSession | undefined, bytes: Buffer): void {
    if (!session || bytes.length === 0) return;
    const payload = bytes.subarray(1);
    const room = this.#roomOf(session);
    if (bytes[0] === daveOp.keyPackage) room.keyPackage(session.userId, payload);
    else if (bytes[0] === daveOp.commitWelcome) room.commit(session.userId, payload);
    else this.#core.findings.add("voice-misuse", `binary voice op ${bytes[0]}`);
  }

  #roomOf(session: VoiceSession): DaveRoom {
    return this.room(session.seat.channel);
  }

  #datagram(datagram: Buffer, from: RemoteInfo, at: number): void {
    if (datagram.length === keepAliveBytes) return;
    if (datagram.length === discoveryBytes && datagram.readUInt16BE() === 1) {
      this.#discovery(datagram, from);
      return;
    }
    const ssrc = datagram.length >= 12 ? datagram.readUInt32BE(8) : -1;
    const session = this.sessions.findLast((each) => each.ssrc === ssrc);
    if (!session || session.ended) return; // the last packets of one who has left
    const taken = session.take(datagram, at);
    if ("wrong" in taken)
      this.#core.findings.add(taken.wrong.startsWith("nonce") ? "nonce-reused" : "voice-misuse", taken.wrong);
    else this.#spread(session, taken.frame);
    this.#core.bell.ring();
  }

  /** Hands a frame to all who listen in the channel. */
  #spread({ seat }: VoiceSession, frame: Buffer): void {
    const isMuted = seat.guild.voiceStates.get(seat.userId)?.suppress === true;
    if (isMuted) return; // on a stage, whoever is suppressed is not heard
    for (const listener of this.#listeners) if (listener.channel === seat.channel) listener.hear(seat.userId, frame);
  }

  #discovery(request: Buffer, from: RemoteInfo): void {
    if (this.#faults.take("dropDiscovery") !== undefined) return;
    const answer = Buffer.alloc(discoveryBytes);
    answer.writeUInt16BE(2);
    answer.writeUInt16BE(70, 2);
    request.copy(answer, 4, 4, 8); // ssrc
    answer.write(from.address, 8);
    answer.writeUInt16BE(from.port, discoveryBytes - 2);
    this.#udp.send(answer, from.port, from.address);
  }
}

/** The same bytes with some in the middle turned over. */
function damaged(payload: Buffer): Buffer {
  const copy = Buffer.from(payload);
  const middle = copy.length >> 1;
  for (let at = middle; at < Math.min(copy.length, middle + 8); at++) copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}
