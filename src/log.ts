/** Log lines for the operator on standard error, with tokens redacted. */

/** Tokens in Discord's URLs, and anything in the form of a bot token. */
const secrets = [
  /(?<=\/(?:webhooks|interactions)\/\d+\/)[\w.%-]{20,}/g,
  /\b[\w-]{20,}\.[\w-]{6,}\.[\w-]{25,}\b/g,
] as const;

/** Writes one line: time, level, what happened, and its cause. */
export function log(level: "info" | "warning" | "error", what: string, cause?: unknown): void {
  const why = cause === undefined ? "" : `: ${describeCause(cause)}`;
  process.stderr.write(`${new Date().toISOString()} ${level} ${clean(`${what}${why}`)}\n`);
}

/** An error and its causes, outermost first, with the location where the innermost was thrown. */
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
