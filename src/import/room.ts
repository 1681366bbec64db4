/** Checks free disk space before a long download. */
import { statfs } from "node:fs/promises";
import { UserError } from "../errors.ts";

/** Throws a UserError if the folder's disk has less free space. */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  if (left < bytes)
    throw new UserError(`${folder} needs ${gigabytes(bytes)} GB more, and its disk has ${gigabytes(left)} GB left.`);
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
