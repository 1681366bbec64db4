/** The table of REST faults: what is to go wrong, where, and how often. */
import { errorAnswer } from "./api-error.ts";

export interface RestFault {
  readonly method?: string;
  /** Path after `/api/v10`, `*` for any one segment, or a pattern of the whole path. */
  readonly path: string | RegExp;
  /** How many requests it hits; 1 unless told. */
  readonly times?: number;
  /** Without status and code the request is only delayed. */
  readonly status?: number;
  /** A code of Discord's: gives status and body. */
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly delayMs?: number;
  /** Cuts the connection in place of an answer. */
  readonly drop?: boolean;
  /** Lets the request take effect before the fault hides its answer. */
  readonly afterEffect?: boolean;
}

export interface FaultAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface RateLimited {
  readonly method?: string;
  readonly path: string | RegExp;
  readonly times?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly scope?: "user" | "global" | "shared";
}

/** A fault that answers 429 the way Discord does. */
export function rateLimitFault({ retryAfter = 0.4, scope = "user", ...where }: RateLimited): RestFault {
  const global = scope === "global";
  return {
    ...where,
    status: 429,
    headers: rateLimitedHeaders(retryAfter, scope),
    body: { message: "You are being rate limited.", retry_after: retryAfter, global },
  };
}

/** The headers that only a 429 carries. */
export const rateLimitedHeaders = (retryAfter: number, scope: string): Record<string, string> => ({
  "Retry-After": String(retryAfter),
  "X-RateLimit-Scope": scope,
  "X-RateLimit-Reset-After": String(retryAfter),
  ...(scope === "user" ? { "X-RateLimit-Remaining": "0" } : {}), // other limits are not this bucket's
  ...(scope === "global" ? { "X-RateLimit-Global": "true" } : {}),
});

export const pathFits = (wanted: string | RegExp, path: string): boolean => {
  if (wanted instanceof RegExp) return wanted.test(path);
  const [here, there] = [wanted.split("/"), path.split("/")];
  return here.length === there.length && here.every((part, at) => part === "*" || part === there[at]);
};

export class FaultTable {
  #faults: { fault: RestFault; left: number }[] = [];

  add(fault: RestFault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#faults = [];
  }

  /** How many hits are still to come. */
  get left(): number {
    return this.#faults.reduce((sum, { left }) => sum + left, 0);
  }

  /** The first fault that this request meets, used up by one. */
  take(method: string, path: string): RestFault | undefined {
    const entry = this.#faults.find(
      ({ fault, left }) => left > 0 && (fault.method ?? method) === method && pathFits(fault.path, path),
    );
    if (entry) entry.left -= 1;
    return entry?.fault;
  }
}

/** What a fault answers in the place of the route; nothing if it only delays. */
export function faultAnswer(fault: RestFault): FaultAnswer | undefined {
  const headers = fault.headers ?? {};
  if (fault.code !== undefined) {
    const { status, body } = errorAnswer(fault.code);
    return { status: fault.status ?? status, headers, body: fault.body ?? body };
  }
  return fault.status === undefined ? undefined : { status: fault.status, headers, body: fault.body };
}
