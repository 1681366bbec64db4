/** The HTTP server: takes requests, lets faults strike, asks the routes, and keeps a log of it all. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ApiError, errorAnswer } from "./api-error.ts";
import type { Bell } from "./bell.ts";
import { parseBody, readBytes, type UploadedFile } from "./body.ts";
import { type FaultTable, faultAnswer, rateLimitedHeaders } from "./faults.ts";
import type { Findings } from "./findings.ts";
import { type Fields, fields } from "./json.ts";
import type { Settings } from "./settings.ts";

/** One request as the log keeps it. */
export interface RestRequest {
  readonly method: string;
  /** After `/api/v10`, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Fields;
  /** The body itself when it was a list. */
  readonly listBody: readonly unknown[] | undefined;
  readonly files: readonly UploadedFile[];
  readonly authorization: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What was answered; undefined while it is being answered. */
  status: number | undefined;
  answer: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  /** Segments with a colon in front are parameters. */
  readonly pattern: string;
  /** Carries its own token in the path, so it must come without an Authorization header. */
  readonly anonymous?: boolean;
  answer(request: RestRequest, parameters: Fields & { readonly [name: string]: string }): Answer;
}

interface Parts {
  readonly settings: Settings;
  readonly bell: Bell;
  readonly findings: Findings;
  readonly faults: FaultTable;
  readonly routes: readonly Route[];
  /** Answers `GET /api/files/…`. */
  file(path: string): { readonly bytes: Buffer; readonly contentType: string } | undefined;
}

interface Matched {
  readonly route: Route;
  readonly parameters: Record<string, string>;
  readonly bucket: string;
}

const prefix = "/api/v10";

export class RestServer {
  readonly requests: RestRequest[] = [];
  /** Answers of 401, 403 and 429: ten thousand in ten minutes and Discord bans the address. */
  invalidRequests = 0;
  readonly http: Server;
  readonly #parts: Parts;
  readonly #windows = new Map<string, { startedAt: number; used: number }>();
  readonly #sockets = new Set<Socket>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.http = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
    this.http.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((listening) => this.http.listen(0, "127.0.0.1", listening));
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.http.close(() => done()));
    for (const socket of this.#sockets) socket.destroy(); // undici keeps sockets alive, upgraded ones stay as well
    await closed;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
    const method = incoming.method ?? "GET";
    try {
      const bytes = await readBytes(incoming);
      if (url.pathname.startsWith("/api/files/")) return this.#serveFile(url, outgoing);
      const path = decode(url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : url.pathname);
      const { json, files } = await parseBody(bytes, incoming.headers["content-type"] ?? "");
      const request: RestRequest = {
        method,
        path,
        query: url.searchParams,
        body: fields(json),
        listBody: Array.isArray(json) ? json : undefined,
        files,
        authorization: incoming.headers.authorization,
        at: Date.now(),
        status: undefined,
        answer: undefined,
      };
      this.requests.push(request);
      await this.#respond(request, outgoing);
    } catch (error) {
      // A client that went away in the middle is no concern of ours; anything else is a defect worth seeing.
      if (!outgoing.destroyed && !incoming.destroyed)
        this.#parts.findings.add("server-error", `${method} ${url.pathname}: ${error}`);
      outgoing.destroy();
    }
  }

  async #respond(request: RestRequest, outgoing: ServerResponse): Promise<void> {
    const matched = this.#match(request);
    const fault = this.#parts.faults.take(request.method, request.path);
    if (fault?.delayMs) await pause(fault.delayMs);
    if (fault?.afterEffect) this.#routed(request, matched);
    if (fault?.drop) {
      request.status = 0;
      this.#parts.bell.ring();
      outgoing.socket?.resetAndDestroy();
      return;
    }
    const answer = (fault && faultAnswer(fault)) ?? this.#limited(matched) ?? this.#routed(request, matched);
    request.status = answer.status;
    request.answer = answer.body;
    if ([401, 403, 429].includes(answer.status)) this.invalidRequests += 1;
    this.#write(outgoing, answer, matched?.bucket ?? request.path);
    this.#parts.bell.ring();
  }

  #match(request: RestRequest): Matched | undefined {
    const segments = request.path.split("/");
    for (const route of this.#parts.routes) {
      const wanted = route.pattern.split("/");
      if (route.method !== request.method || wanted.length !== segments.length) continue;
      if (!wanted.every((part, at) => part.startsWith(":") || part === segments[at])) continue;
      const parameters: Record<string, string> = {};
      wanted.forEach((part, at) => {
        if (part.startsWith(":")) parameters[part.slice(1)] = segments[at] ?? "";
      });
      const major = parameters.channel ?? parameters.guild ?? parameters.token ?? "";
      return { route, parameters, bucket: `${route.method} ${route.pattern} ${major}` };
    }
    return undefined;
  }

  #routed(request: RestRequest, matched: Matched | undefined): Answer {
    const { findings, settings } = this.#parts;
    try {
      if (!matched) {
        findings.add("unknown-route", `${request.method} ${request.path}`);
        throw new ApiError(0);
      }
      const { anonymous } = matched.route;
      if (anonymous && request.authorization) findings.add("token-leak", `${request.path} came with Authorization`);
      if (!anonymous && request.authorization !== `Bot ${settings.token}`) throw new ApiError(40001);
      return matched.route.answer(request, matched.parameters);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return errorAnswer(error.code, error.detail);
    }
  }

  /** A 429 when the bucket's window is used up; interactions have no share in the global limit and are let through. */
  #limited(matched: Matched | undefined): Answer | undefined {
    if (!matched || matched.route.pattern.startsWith("/interactions")) return undefined;
    const { limit } = this.#parts.settings.rateLimit;
    const window = this.#window(matched.bucket);
    if (window.used < limit) {
      window.used += 1;
      return undefined;
    }
    const retryAfter = this.#resetAfter(matched.bucket);
    const body = { message: "You are being rate limited.", retry_after: retryAfter, global: false };
    return { status: 429, body, headers: rateLimitedHeaders(retryAfter, "user") };
  }

  #window(bucket: string): { startedAt: number; used: number } {
    const { windowMs } = this.#parts.settings.rateLimit;
    const known = this.#windows.get(bucket);
    if (known && Date.now() - known.startedAt < windowMs) return known;
    const fresh = { startedAt: Date.now(), used: 0 };
    this.#windows.set(bucket, fresh);
    return fresh;
  }

  /** Seconds until the bucket's window ends. */
  #resetAfter(bucket: string): number {
    const { startedAt } = this.#window(bucket);
    return Math.max(0, startedAt + this.#parts.settings.rateLimit.windowMs - Date.now()) / 1000;
  }

  #write(outgoing: ServerResponse, { status, body, headers }: Answer, bucket: string): void {
    const { limit, windowMs } = this.#parts.settings.rateLimit;
    const { startedAt, used } = this.#window(bucket);
    outgoing.statusCode = status;
    const shown: Record<string, string> = {
      "X-RateLimit-Limit": String(limit),
      "X-RateLimit-Remaining": String(Math.max(0, limit - used)),
      "X-RateLimit-Reset": String((startedAt + windowMs) / 1000),
      "X-RateLimit-Reset-After": String(this.#resetAfter(bucket)),
      "X-RateLimit-Bucket": createHash("sha1").update(bucket.split(" ", 2).join(" ")).digest("hex"),
      ...headers,
    };
    for (const [name, value] of Object.entries(shown)) outgoing.setHeader(name, value);
    // An empty answer must not claim to be JSON: the client would try to parse it.
    if (status === 204 || body === undefined) return void outgoing.end();
    outgoing.setHeader("Content-Type", "application/json");
    outgoing.end(JSON.stringify(body));
  }

  #serveFile(url: URL, outgoing: ServerResponse): void {
    const found = this.#parts.file(decode(url.pathname));
    const expired = Number.parseInt(url.searchParams.get("ex") ?? "0", 16) * 1000 < Date.now();
    outgoing.statusCode = found && !expired ? 200 : 404;
    if (!found || expired) return void outgoing.end("This content is no longer available.");
    outgoing.setHeader("Content-Type", found.contentType);
    outgoing.end(found.bytes);
  }
}

/** Paths come percent-encoded (`%40original`); a broken one stays as it is and matches nothing. */
function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
