/** What is done where the disk won't take a song's codes for now: they stay in memory, and the log says so. */
import { log } from "../../log.ts";

export const unwritten = (id: string) => (error: unknown) =>
  log("error", `the codes of song ${id} are not stored yet`, error);
