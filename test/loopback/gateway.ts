/** The main gateway: identify, resume, heartbeats, and events for those who asked for them. */
import type { Server } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import type { Core } from "./core.ts";
import { type Fields, fields, list, number, parsed, text } from "./json.ts";
import { wireGuildCreate, wireMember, wireUser } from "./wire.ts";

/** One op 4 as it came. */
export interface VoiceWish {
  /** By performance.now(). */
  readonly at: number;
  readonly guildId: string;
  readonly channelId: string | null;
  readonly selfMute: boolean;
  readonly selfDeaf: boolean;
}

interface Dispatch {
  readonly s: number;
  readonly t: string;
  readonly d: Fields;
}

interface Session {
  readonly id: string;
  readonly intents: number;
  sequence: number;
  /** The last dispatches, for a resume. */
  readonly sent: Dispatch[];
  socket: WebSocket | undefined;
}

const op = { dispatch: 0, heartbeat: 1, identify: 2, presence: 3, voiceState: 4, resume: 6, reconnect: 7, members: 8 };
const down = { invalidSession: 9, hello: 10, heartbeatAck: 11 };
const guildsIntent = 1;
const contentIntent = 1 << 15;
const kept = 1000;

export class Gateway {
  /** Bits of intents, one entry an identify. */
  readonly identifies: number[] = [];
  resumes = 0;
  /** Frames the bot sent, heartbeats included. */
  sends = 0;
  readonly op4: VoiceWish[] = [];
  readonly #core: Core;
  readonly #sockets: WebSocketServer;
  readonly #onVoiceWish: (wish: VoiceWish, sessionId: string) => void;
  readonly #onNewSession: () => void;
  #session: Session | undefined;
  #refusals = 0;
  #url = "";

  constructor(
    core: Core,
    http: Server,
    on: { voiceWish(wish: VoiceWish, sessionId: string): void; newSession(): void },
  ) {
    this.#core = core;
    this.#onVoiceWish = on.voiceWish;
    this.#onNewSession = on.newSession;
    this.#sockets = new WebSocketServer({ server: http });
    this.#sockets.on("connection", (socket) => this.#greet(socket));
  }

  listenAt(url: string): void {
    this.#url = url;
  }

  /** The session's id once the bot is in, undefined while nobody is. */
  get sessionId(): string | undefined {
    return this.#session?.id;
  }

  get connected(): boolean {
    return this.#session?.socket?.readyState === WebSocket.OPEN;
  }

  readsContent(): boolean {
    return ((this.#session?.intents ?? 0) & contentIntent) !== 0;
  }

  /** Sends an event to the bot, or keeps it for the resume; only if one of the intent bits was asked for. */
  dispatch(t: string, d: Fields, intents: number): void {
    const session = this.#session;
    if (!session || (intents !== 0 && (session.intents & intents) === 0)) return;
    session.sequence += 1;
    const dispatched = { s: session.sequence, t, d };
    session.sent.push(dispatched);
    if (session.sent.length > kept) session.sent.shift();
    if (session.socket) send(session.socket, { op: op.dispatch, ...dispatched });
  }

  close(code: number): void {
    this.#session?.socket?.close(code);
  }

  /** Cuts the connection without a word. */
  terminate(): void {
    this.#session?.socket?.terminate();
  }

  /** Op 7: asks the bot to come back. */
  reconnect(): void {
    if (this.#session?.socket) send(this.#session.socket, { op: op.reconnect, d: null });
  }

  /** Op 9: the session is void. */
  invalidate(resumable = false): void {
    const socket = this.#session?.socket;
    if (!resumable) this.#forget();
    if (socket) send(socket, { op: down.invalidSession, d: resumable });
  }

  /** The next so many resumes are refused. */
  refuseResumes(times = 1): void {
    this.#refusals += times;
  }

  stop(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  #greet(socket: WebSocket): void {
    const sendTimes: number[] = [];
    socket.on("error", () => undefined); // a cut connection is no news here
    socket.on("message", (data) => {
      const now = performance.now();
      while (now - (sendTimes[0] ?? now) > 60_000) sendTimes.shift();
      sendTimes.push(now);
      this.sends += 1;
      if (sendTimes.length > 120) {
        this.#core.findings.add("send-limit", "more than 120 gateway sends in a minute");
        return socket.close(4008);
      }
      const frame = parsed(String(data));
      if (!frame) return socket.close(4002);
      this.#take(socket, frame);
      this.#core.bell.ring();
    });
    socket.on("close", () => {
      if (this.#session?.socket === socket) this.#session.socket = undefined;
      this.#core.bell.ring();
    });
    send(socket, { op: down.hello, d: { heartbeat_interval: this.#core.settings.heartbeatMs } });
  }

  #take(socket: WebSocket, frame: Fields): void {
    const data = fields(frame.d);
    const known = this.#session?.socket === socket;
    if (frame.op === op.heartbeat) send(socket, { op: down.heartbeatAck });
    else if (frame.op === op.identify && !known) this.#identify(socket, data);
    else if (frame.op === op.identify) socket.close(4005);
    else if (frame.op === op.resume) this.#resume(socket, data);
    else if (!known) socket.close(4003);
    else if (frame.op === op.voiceState) this.#voiceWish(data);
    else if (frame.op === op.members) this.#members(data);
    else if (frame.op !== op.presence) {
      this.#core.findings.add("gateway-misuse", `op ${frame.op}`);
      socket.close(4001);
    }
  }

  #identify(socket: WebSocket, data: Fields): void {
    const { settings, findings, ids, world } = this.#core;
    if (data.token !== settings.token) {
      socket.close(4004);
      return;
    }
    const intents = number(data.intents);
    this.identifies.push(intents);
    if ((intents & ~settings.intentsAllowed) !== 0) {
      findings.add("disallowed-intents", `intents ${intents}, allowed ${settings.intentsAllowed}`);
      socket.close(4014);
      return;
    }
    const before = this.#session?.socket;
    this.#forget();
    before?.close(4005);
    if (settings.newSessionDropsVoice) this.#onNewSession();
    this.#session = { id: ids.token("session"), intents, sequence: 0, sent: [], socket };
    this.dispatch(
      "READY",
      {
        v: 10,
        user: { ...wireUser(world.bot), verified: true, mfa_enabled: false, flags: 0, email: null },
        guilds: world.joinedGuilds.map(({ id }) => ({ id, unavailable: true })),
        session_id: this.#session.id,
        resume_gateway_url: this.#url,
        shard: list(data.shard).length === 2 ? data.shard : [0, 1],
        application: { id: world.applicationId, flags: 0 },
        session_type: "normal",
        private_channels: [],
      },
      0,
    );
    for (const guild of world.joinedGuilds) this.dispatch("GUILD_CREATE", wireGuildCreate(guild), guildsIntent);
  }

  #resume(socket: WebSocket, data: Fields): void {
    const session = this.#session;
    const { settings } = this.#core;
    if (data.token !== settings.token) {
      socket.close(4004);
      return;
    }
    const refused = this.#refusals > 0;
    if (refused) this.#refusals -= 1;
    const after = number(data.seq);
    const oldest = session?.sent[0]?.s ?? 1;
    if (!session || refused || session.id !== data.session_id || after + 1 < oldest) {
      if (refused) this.#forget();
      send(socket, { op: down.invalidSession, d: false });
      return;
    }
    this.resumes += 1;
    session.socket = socket;
    for (const missed of session.sent.filter(({ s }) => s > after)) send(socket, { op: op.dispatch, ...missed });
    this.dispatch("RESUMED", {}, 0);
  }

  #forget(): void {
    this.#session = undefined;
  }

  #voiceWish(data: Fields): void {
    const wish: VoiceWish = {
      at: performance.now(),
      guildId: text(data.guild_id),
      channelId: typeof data.channel_id === "string" ? data.channel_id : null,
      selfMute: data.self_mute === true,
      selfDeaf: data.self_deaf === true,
    };
    this.op4.push(wish);
    this.#onVoiceWish(wish, this.#session?.id ?? "");
  }

  #members(data: Fields): void {
    const guild = this.#core.world.guilds.get(text(data.guild_id));
    if (!guild) return;
    const wanted = list(data.user_ids).length > 0 ? list(data.user_ids) : [text(data.user_ids)];
    const named = [...guild.members.values()].filter(({ user }) => wanted.includes(user.id));
    const members = (named.length > 0 ? named : [...guild.members.values()]).map(wireMember);
    const nonce = data.nonce === undefined ? {} : { nonce: data.nonce };
    const chunk = { guild_id: guild.id, members, chunk_index: 0, chunk_count: 1, not_found: [], ...nonce };
    this.dispatch("GUILD_MEMBERS_CHUNK", chunk, 0);
  }
}

function send(socket: WebSocket, frame: Fields): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}
