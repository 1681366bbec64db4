/** Files that people attached, fetched from Discord's own hosts and nowhere else, and no more of them than is wanted. */
import { open } from "node:fs/promises";
import { diskError, UserError } from "../../errors.ts";

/** Where Discord keeps what people attach. */
export const discordOrigins: readonly string[] = ["https://cdn.discordapp.com", "https://media.discordapp.net"];

export interface DownloadOptions {
  /** Schemes, hosts and ports that may be asked. */
  readonly origins: readonly string[];
  readonly maxBytes: number;
  /** Until all of it is there. */
  readonly timeMs: number;
  readonly signal: AbortSignal;
}

/** Writes what is at the address to a new file; what goes wrong on the way is told in a UserError. */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  const { origins, timeMs, signal } = options;
  if (!URL.canParse(url) || !origins.includes(new URL(url).origin))
    throw new UserError("I only take files that were uploaded to Discord.");
  const late = AbortSignal.timeout(timeMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, late]), redirect: "error" });
    await write(response, path, options);
  } catch (error) {
    signal.throwIfAborted();
    const known = diskError(error, path) ?? error;
    if (known instanceof UserError) throw known;
    const why = late.aborted ? `took longer than ${Math.ceil(timeMs / 1000)} s` : "was interrupted";
    throw new UserError(`Downloading your file from Discord ${why}. Try again.`, { cause: error });
  }
}

async function write(response: Response, path: string, { maxBytes }: DownloadOptions): Promise<void> {
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new UserError(`Discord no longer has your file. Upload it again.`);
  }
  const file = await open(path, "wx", 0o600);
  try {
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length; // leaving the loop ends the transfer
      if (bytes > maxBytes) throw new UserError(tooLarge(maxBytes));
      await file.appendFile(chunk);
    }
  } finally {
    await file.close();
  }
}

export const tooLarge = (maxBytes: number): string =>
  `I take files of at most ${Math.floor(maxBytes / 2 ** 20)} MiB. Cut yours, or save it as MP3 or Ogg.`;
