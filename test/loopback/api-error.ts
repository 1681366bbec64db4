/** Discord's error answers by code, as its REST interface words them. */

const known: Readonly<Record<number, readonly [status: number, message: string]>> = {
  0: [404, "404: Not Found"],
  10003: [404, "Unknown Channel"],
  10004: [404, "Unknown Guild"],
  10007: [404, "Unknown Member"],
  10008: [404, "Unknown Message"],
  10013: [404, "Unknown User"],
  10015: [404, "Unknown Webhook"],
  10062: [404, "Unknown interaction"],
  10065: [404, "Unknown Voice State"],
  20028: [429, "The write action you are performing has hit the write rate limit."],
  40001: [401, "401: Unauthorized"],
  40005: [413, "Request entity too large"],
  40060: [400, "Interaction has already been acknowledged."],
  50001: [403, "Missing Access"],
  50005: [403, "Cannot edit a message authored by another user"],
  50006: [400, "Cannot send an empty message"],
  50007: [403, "Cannot send messages to this user"],
  50013: [403, "Missing Permissions"],
  50027: [401, "Invalid Webhook Token"],
  50035: [400, "Invalid Form Body"],
  50159: [400, "Voice messages do not support additional content."],
  50160: [400, "Voice messages must have a single audio attachment."],
  50161: [400, "Voice messages must have supporting metadata."],
  50162: [400, "Voice messages cannot be edited."],
};

/** HTTP status and body for a known code. */
export function errorAnswer(code: number, detail?: string): { status: number; body: Record<string, unknown> } {
  const [status, message] = known[code] ?? [400, `Error ${code}`];
  const shown = code === 40001 ? 0 : code;
  return { status, body: { message: detail === undefined ? message : `${message}: ${detail}`, code: shown } };
}

/** Thrown by a route to answer with one of Discord's errors. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: number;
  readonly detail: string | undefined;

  constructor(code: number, detail?: string) {
    super(`${code} ${detail ?? known[code]?.[1] ?? ""}`);
    this.code = code;
    this.detail = detail;
  }
}
