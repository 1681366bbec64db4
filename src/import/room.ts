/** Whether a disk has room for what is to come: asked before hours of fetching, not after. */
import { statfs } from "node:fs/promises";
import { UserError } from "../errors.ts";

/** Throws a UserError if the folder's disk has fewer bytes left. */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  if (left < bytes)
    throw new UserError(`${folder} needs ${gigabytes(bytes)} GB more, and its disk has ${gigabytes(left)} GB left.`);
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
