/** The process around the bot: starts it, waits to be told to stop, and says in one sentence why it can't go on. */
import { setTimeout as pause } from "node:timers/promises";
import type { Config } from "../config.ts";
import { diskError, UserError } from "../errors.ts";
import type { Engine } from "../inference/engine.ts";
import { log } from "../log.ts";
import { startBot } from "./bot.ts";

/** Runs the bot until SIGTERM or SIGINT; the answer is the process's exit code. */
export async function serve(
  readConfig: () => Config,
  openEngine: (config: Config) => Promise<Engine>,
): Promise<number> {
  process.once("uncaughtException", (error) => {
    log("error", "a bug nobody caught", error); // in our words: Node's would hold tokens
    process.exit(1);
  });
  try {
    const config = readConfig();
    const engine = await openEngine(config);
    try {
      await run(config, engine);
    } finally {
      await engine.close();
    }
    log("info", "stopped");
    return 0;
  } catch (error) {
    const known = diskError(error) ?? error;
    if (known instanceof UserError) log("error", known.message);
    else log("error", "I can't go on", error);
    return 1;
  }
}

/** How long a bot that is told to stop may take to start. */
const startMs = 5000;

async function run(config: Config, engine: Engine): Promise<void> {
  const stopped = Promise.withResolvers<UserError | undefined>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopped.resolve(undefined));
  const starting = startBot(config, engine, stopped.resolve);
  await Promise.race([starting, stopped.promise]);
  const error = await stopped.promise;
  const bot = await Promise.race([starting, pause(startMs, undefined, { ref: false })]);
  await bot?.stop();
  if (error !== undefined) throw error;
}
