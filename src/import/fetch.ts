/** Fetches one large file over HTTP: goes on where it was cut off, also after a restart, and believes no length it is told. */
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { checksumOf } from "../model/verify.ts";
import { checkRoom } from "./room.ts";
import { printable } from "./source.ts";

/** How long is waited, and when it is given up. */
export interface Line {
  readonly signal?: AbortSignal;
  /** Silence after which the line is taken for dead. */
  readonly stallSeconds?: number;
  /** Between one try and the next. */
  readonly pauseSeconds?: number;
  /** Tries in a row that may bring nothing new. */
  readonly tries?: number;
}

export interface FetchOptions extends Line {
  readonly url: string;
  /** Where the file goes once it is whole; until then it is called `<path>.part`. */
  readonly path: string;
  /** As far as they are known. */
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
  /** More are not taken. */
  readonly most?: number;
  progress?(done: number, total: number | undefined): void;
}

const MAX_BYTES = 20e9; // the largest released file has 11.5 GB

/** The line broke; another try may help. */
class Interrupted extends Error {}

/** What makes a part of a file a part of this very file. */
interface Origin {
  readonly url: string;
  readonly validator: string;
  readonly total: number;
}

/** Returns when the whole file is there, of the size and checksum that are known. Throws a UserError that says what failed. */
export async function fetchFile(options: FetchOptions): Promise<void> {
  const { path, url, bytes, sha256 } = options;
  if (!/^https?:\/\//.test(url)) throw new UserError(`"${url}" is no address that begins with http:// or https://.`);
  if ((await sizeOf(path)) === undefined) await download(options);
  const size = await sizeOf(path);
  const advice = `Delete ${path} to fetch it anew, or import it with --file if you trust it`;
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
        throw new UserError(
          `I can't fetch ${url}: ${printable(error.message)}. Start again to go on from where it stopped.`,
          {
            cause: error,
          },
        );
    }
    await pause(pauseSeconds * 1000, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}

/** One request, for what is missing or for all of it. */
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

/** What an earlier try left, if it is known of which file it is. */
async function started(part: string, url: string): Promise<Left | undefined> {
  const size = await sizeOf(part);
  if (!size) return undefined;
  try {
    const origin = JSON.parse(await readFile(`${part}.json`, "utf8")) as Origin;
    return origin.url === url && origin.validator && size <= origin.total ? { size, origin } : undefined;
  } catch {
    return undefined; // what can't be read is fetched anew
  }
}

interface Start {
  readonly from: number;
  /** Of the whole file; unknown if the server doesn't tell. */
  readonly total: number | undefined;
}

interface Left {
  readonly size: number;
  readonly origin: Origin;
}

/** Reads what the answer says of itself: from where on it gives the file, and how much of it there is. */
async function accepted(
  response: Response,
  options: FetchOptions,
  part: string,
  had: Left | undefined,
): Promise<Start> {
  const { url, path, bytes, most = MAX_BYTES } = options;
  const { status, headers } = response;
  if (status === 416 && had) return anew(part, "it has less of the file than before");
  checkAnswer(response, url, had !== undefined);
  const validator = headers.get("etag") ?? headers.get("last-modified") ?? "";
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "");
  const [from, total] = status === 206 ? [Number(range?.[1]), Number(range?.[2])] : [0, lengthOf(headers)];
  if (status === 206 && had && (from !== had.size || total !== had.origin.total || validator !== had.origin.validator))
    return anew(part, "it goes on with another part or another file");
  if (bytes !== undefined && total !== undefined && total !== bytes)
    throw new UserError(`${url} has ${total} bytes, not ${bytes}: it is another file.`);
  if ((total ?? 0) > most) throw new UserError(`${url} claims ${total} bytes, more than any file I know of.`);
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
  if (headers.has("content-encoding")) throw new UserError(`${url} is packed on its way, which I can't go on with.`);
}

/** An empty part; a weak validator is forgotten, as no range can be asked for by it. */
async function begin(part: string, { url, validator, total }: Origin): Promise<void> {
  await rm(part, { force: true });
  const strong = validator.startsWith("W/") ? "" : validator;
  await writeFile(`${part}.json`, JSON.stringify({ url, validator: strong, total }));
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length === null ? undefined : Number(length);
}

/** Forgets what there is, and lets the next try begin at the start. */
async function anew(part: string, why: string): Promise<never> {
  await rm(part, { force: true });
  throw new Interrupted(why);
}

interface Receiving extends Start {
  readonly options: FetchOptions;
  readonly part: string;
  alive(): void;
}

/** Appends what comes, and throws if that isn't the whole file. */
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

/** What the network throws is no bug. */
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
