/** Single lines for the operator on standard error, never with a token in them. */

/** Anything that can stand in an address where Discord puts a token, and anything shaped like a bot's token. */
const secrets = [
  /(?<=\/(?:webhooks|interactions)\/\d+\/)[\w.%-]{20,}/g,
  /\b[\w-]{20,}\.[\w-]{6,}\.[\w-]{25,}\b/g,
] as const;

/** Writes one line: when, how bad, what happened, and why. */
export function log(level: "info" | "warning" | "error", what: string, cause?: unknown): void {
  const why = cause === undefined ? "" : `: ${describeCause(cause)}`;
  process.stderr.write(`${new Date().toISOString()} ${level} ${clean(`${what}${why}`)}\n`);
}

/** An error and what caused it, outermost first, with the place where the innermost was thrown. */
export function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const own = `${cause.name}: ${cause.message}`;
  if (cause.cause !== undefined) return `${own}, because ${describeCause(cause.cause)}`;
  const place = cause.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  return place === undefined ? own : `${own} (${place.trim()})`;
}

function clean(text: string): string {
  const line = text.replace(/\s*[\r\n]+\s*/g, " ");
  return secrets.reduce((safe, secret) => safe.replace(secret, "[token]"), line);
}
