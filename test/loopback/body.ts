/** Reads the body of a request: JSON, or JSON with files beside it. */
import type { IncomingMessage } from "node:http";
import { ApiError } from "./api-error.ts";
import { type Fields, parsed } from "./json.ts";

export interface UploadedFile {
  /** n of the part `files[n]`. */
  readonly slot: string;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface Body {
  readonly json: Fields | readonly unknown[];
  readonly files: readonly UploadedFile[];
}

const maxBytes = 128 * 1024 * 1024;

/** The whole body, or an error when it is larger than any Discord takes. */
export async function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming) {
    size += (part as Buffer).length;
    if (size > maxBytes) throw new ApiError(40005);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

export async function parseBody(bytes: Buffer, contentType: string): Promise<Body> {
  if (bytes.length === 0) return { json: {}, files: [] };
  if (contentType.startsWith("multipart/form-data")) return parseMultipart(bytes, contentType);
  const json = parsed(bytes.toString("utf8"));
  if (!json) throw new ApiError(50035, "the body is not JSON");
  return { json, files: [] };
}

async function parseMultipart(bytes: Buffer, contentType: string): Promise<Body> {
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } }).formData();
  const payload = form.get("payload_json");
  const json = typeof payload === "string" ? parsed(payload) : {};
  if (!json) throw new ApiError(50035, "payload_json is not JSON");
  const files: UploadedFile[] = [];
  for (const [name, part] of form) {
    const slot = /^files\[(\d+)\]$/.exec(name)?.[1];
    if (slot === undefined || typeof part === "string") continue;
    files.push({ slot, filename: part.name, contentType: part.type, bytes: Buffer.from(await part.arrayBuffer()) });
  }
  return { json, files };
}
