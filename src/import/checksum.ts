/** The checksum of a file, however large. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 of the whole file, in hexadecimal. */
export async function checksumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
