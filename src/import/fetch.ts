/** Downloads one large file over HTTP; resumes after interruptions and restarts, and does not trust declared lengths. */
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { checksumOf } from "../model/verify.ts";
import { checkRoom } from "./room.ts";
import { printable } from "./source.ts";

/** Timeouts and retries. */
export interface Line {
  readonly signal?: AbortSignal;
  /** Time without data after which a connection is considered dead. */
  readonly stallSeconds?: number;
  /** Pause between tries. */
  readonly pauseSeconds?: number;
  /** Tries in a row without progress, at most. */
  readonly tries?: number;
}

export interface FetchOptions extends Line {
  readonly url: string;
  /** Path of the complete file; until then it is `<path>.part`. */
  readonly path: string;
  /** Checked if known. */
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
  /** Largest size accepted. */
  readonly most?: number;
  progress?(done: number, total: number | undefined): void;
}

const MAX_BYTES = 20e9; // the largest released file has 11.5 GB

/** The connection was interrupted; another try may help. */
class Interrupted extends Error {}

/** Identifies the remote file that a part belongs to. */
interface Origin {
  readonly url: string;
  readonly validator: string;
  readonly total: number;
}

/** Returns when the complete file is stored and checked. Throws a UserError that says what failed. */
export async function fetchFile(options: FetchOptions): Promise<void> {
  const { path, url, bytes, sha256 } = options;
  if (!/^https?:\/\//.test(url)) throw new UserError(`"${url}" is no address that begins with http:// or https://.`);
  if ((await sizeOf(path)) === undefined) await download(options);
  const size = await sizeOf(path);
  const advice = `Delete ${path} to download it again, or import it with --file if you trust it`;
  if (bytes !== undefined && size !== bytes)
    throw new UserError(`What ${url} gave has ${size} bytes, not ${bytes}. ${advice}.`);
  const sum = sha256 === undefined ? undefined : await checksumOf(path);
  if (sum !== sha256) throw new UserError(`What ${url} gave has the checksum ${sum}, not ${sha256}. ${advice}.`);
}

async function download(options: FetchOptions): Promise<void> {
  const { path, url, signal, pauseSeconds = 2, tries = 6 } = options;
  const part = `${path}.part`;
  let [failures, most] = [0, (await sizeOf(part)) ?? 0];
  for (;;) {
    try {
      await attempt(options, part);
      await rename(part, path);
      return await rm(`${part}.json`, { force: true });
    } catch (error) {
      signal?.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === "ENOSPC")
        throw new UserError(`The disk is full: ${path} needs more room.`, { cause: error });
      if (!(error instanceof Interrupted)) throw error;
      const size = (await sizeOf(part)) ?? 0;
      failures = size > most ? 0 : failures + 1;
      most = Math.max(most, size);
      if (failures === tries)
        throw new UserError(`I can't fetch ${url}: ${printable(error.message)}. Run the same command to resume.`, {
          cause: error,
        });
    }
    await pause(pauseSeconds * 1000, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}

/** One request, for the rest or for the whole file. */
async function attempt(options: FetchOptions, part: string): Promise<void> {
  const { url, signal, stallSeconds = 60 } = options;
  const had = await started(part, url);
  if (had && had.size === had.origin.total) return;
  const stall = new AbortController();
  const watch = setTimeout(() => stall.abort(new Interrupted("nothing comes any more")), stallSeconds * 1000);
  try {
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (had) Object.assign(headers, { range: `bytes=${had.size}-`, "if-range": had.origin.validator });
    const line = AbortSignal.any([stall.signal, ...(signal ? [signal] : [])]);
    const response = await onLine(() => fetch(url, { headers, signal: line }));
    const start = await accepted(response, options, part, had);
    await receive(response, { options, part, ...start, alive: () => watch.refresh() });
  } finally {
    clearTimeout(watch);
    stall.abort();
  }
}

/** The part left by an earlier try, if its origin is known. */
async function started(part: string, url: string): Promise<Left | undefined> {
  const size = await sizeOf(part);
  if (!size) return undefined;
  try {
    const origin = JSON.parse(await readFile(`${part}.json`, "utf8")) as Origin;
    return origin.url === url && origin.validator && size <= origin.total ? { size, origin } : undefined;
  } catch {
    return undefined; // unreadable: start over
  }
}

interface Start {
  readonly from: number;
  /** Size of the whole file, if the server sends it. */
  readonly total: number | undefined;
}

interface Left {
  readonly size: number;
  readonly origin: Origin;
}

/** Reads from the response headers where its data begins, and the total size. */
async function accepted(
  response: Response,
  options: FetchOptions,
  part: string,
  had: Left | undefined,
): Promise<Start> {
  const { url, path, bytes, most = MAX_BYTES } = options;
  const { status, headers } = response;
  if (status === 416 && had) return startOver(part, "it has less of the file than before");
  checkAnswer(response, url, had !== undefined);
  const validator = headers.get("etag") ?? headers.get("last-modified") ?? "";
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "");
  const [from, total] = status === 206 ? [Number(range?.[1]), Number(range?.[2])] : [0, lengthOf(headers)];
  if (status === 206 && had && (from !== had.size || total !== had.origin.total || validator !== had.origin.validator))
    return startOver(part, "it sent another part or another file");
  if (bytes !== undefined && total !== undefined && total !== bytes)
    throw new UserError(`${url} has ${total} bytes, not ${bytes}: it is another file.`);
  if ((total ?? 0) > most) throw new UserError(`${url} claims ${total} bytes, more than any known file.`);
  await checkRoom(dirname(path), (total ?? bytes ?? 0) - from);
  if (from === 0) await begin(part, { url, validator, total: total ?? 0 });
  return { from, total };
}

function checkAnswer({ status, headers }: Response, url: string, partial: boolean): void {
  if (status >= 500 || status === 429 || status === 408) throw new Interrupted(`it answers ${status}`);
  if (status !== 200 && !(status === 206 && partial))
    throw new UserError(
      `${url} answers ${status}. Set --from to an address that has the file, or give the file itself with --file.`,
    );
  if (headers.has("content-encoding"))
    throw new UserError(`${url} is sent with a content encoding, which I can't resume.`);
}

/** Starts an empty part. Weak validators are not recorded, as they can't be used for ranges. */
async function begin(part: string, { url, validator, total }: Origin): Promise<void> {
  await rm(part, { force: true });
  const strong = validator.startsWith("W/") ? "" : validator;
  await writeFile(`${part}.json`, JSON.stringify({ url, validator: strong, total }));
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length === null ? undefined : Number(length);
}

/** Discards the part, so that the next try starts over. */
async function startOver(part: string, why: string): Promise<never> {
  await rm(part, { force: true });
  throw new Interrupted(why);
}

interface Receiving extends Start {
  readonly options: FetchOptions;
  readonly part: string;
  alive(): void;
}

/** Appends the response body; throws if the file is incomplete. */
async function receive(response: Response, { options, part, from, total, alive }: Receiving): Promise<void> {
  const most = total ?? options.bytes ?? options.most ?? MAX_BYTES;
  const body = response.body?.getReader();
  const file = await open(part, "a");
  let at = from;
  try {
    for (;;) {
      const { done, value } = body ? await onLine(() => body.read()) : { done: true };
      if (done || !value) break;
      if (at + value.length > most) throw new UserError(`${options.url} sends more than the ${most} bytes it should.`);
      await append(file, value);
      at += value.length;
      alive();
      options.progress?.(at, total);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (total !== undefined && at < total) throw new Interrupted(`it stopped at byte ${at} of ${total}`);
}

async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** Network errors are not bugs. */
async function onLine<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Interrupted) throw cause;
    const { message, code } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException;
    throw new Interrupted(code ?? message, { cause });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
