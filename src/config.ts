/** The settings, read from the environment and the file `.env` once, and checked. */
import { existsSync, readFileSync } from "node:fs";
import { parse } from "dotenv";
import { UserError } from "./errors.ts";
import { decodeText } from "./text-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export type Config = ReturnType<typeof readConfig>;

/** Adds what stands in the file to the environment; what is set already wins. */
export function loadEnvironment(
  path = ".env",
  environment: Record<string, string | undefined> = process.env,
): Environment {
  if (existsSync(path)) Object.assign(environment, { ...parse(readSettings(path)), ...environment });
  return environment;
}

function readSettings(path: string): string {
  try {
    return decodeText(readFileSync(path), "replace").replaceAll("\0", ""); // PowerShell's >> adds UTF-16 to UTF-8
  } catch (cause) {
    throw new UserError(`I can't read the settings in "${path}". See that it is a file that I may open.`, { cause });
  }
}

/** All settings with their defaults; see .env.example. */
export const readConfig = (env: Environment) => ({
  token: required(env, "DISCORD_TOKEN"),
  /** Where Discord's API is, if not at Discord. */
  api: optional(env, "DISCORD_API"),
  model: optional(env, "MODEL") ?? "models/garage",
  device: optional(env, "DEVICE"),
  /** Folder of the store and the songs. */
  data: optional(env, "DATA") ?? "data",
  queue: { waiting: integer(env, "QUEUE_LENGTH", 20, 1), perUser: integer(env, "QUEUE_PER_USER", 2, 1) },
  clipLimits: {
    maxAgeMs: integer(env, "CLIP_DAYS", 30, 1) * 24 * 3600 * 1000,
    maxBytes: integer(env, "CLIP_MEGABYTES", 1000, 1) * 1_000_000,
  },
  /** How long an interaction's token is used; Discord takes it for 15 minutes. */
  replyMs: milliseconds(env, "REPLY_SECONDS", 14 * 60),
  /** Least time between two edits of a status message. */
  editMs: milliseconds(env, "EDIT_SECONDS", 2.5),
  /** Longest time one request to Discord may take, uploads included. */
  requestMs: milliseconds(env, "REQUEST_SECONDS", 60),
  /** The first wait after Discord was busy; each further one is twice as long. */
  retryMs: milliseconds(env, "RETRY_SECONDS", 1),
  /** Time between two tries to post songs that could not be posted. */
  repostMs: milliseconds(env, "REPOST_SECONDS", 300),
  /** How long the bot stays in a voice channel after a song. */
  lingerMs: milliseconds(env, "LINGER_SECONDS", 5),
  /** Longest time until a voice channel must be joined. */
  joinMs: milliseconds(env, "JOIN_SECONDS", 15),
  /** How long to wait in the channel for another server after being cut off there. */
  moveMs: milliseconds(env, "MOVE_SECONDS", 5),
});

function optional(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

function required(env: Environment, name: string): string {
  const value = optional(env, name);
  if (value === undefined) throw new UserError(`${name} is missing. Put it into .env, as .env.example shows.`);
  return value;
}

function integer(env: Environment, name: string, fallback: number, least: number): number {
  const value = number(env, name, fallback);
  if (!Number.isSafeInteger(value) || value < least)
    throw new UserError(`${name} must be a whole number from ${least} on, not "${env[name]}".`);
  return value;
}

const milliseconds = (env: Environment, name: string, fallback: number) => number(env, name, fallback) * 1000;

function number(env: Environment, name: string, fallback: number): number {
  const text = optional(env, name);
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(value) || value < 0) throw new UserError(`${name} must be a number from 0 on, not "${text}".`);
  return value;
}
