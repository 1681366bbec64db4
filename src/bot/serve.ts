/** The process around the bot: starts it, waits to be told to stop, and says in one sentence why it can't go on. */
import type { Config } from "../config.ts";
import { UserError } from "../errors.ts";
import type { Engine } from "../inference/engine.ts";
import { log } from "../log.ts";
import { startBot } from "./bot.ts";

/** Runs the bot until SIGTERM or SIGINT; the answer is the process's exit code. */
export async function serve(
  readConfig: () => Config,
  openEngine: (config: Config) => Promise<Engine>,
): Promise<number> {
  try {
    const config = readConfig();
    const engine = await openEngine(config);
    const stopped = Promise.withResolvers<UserError | undefined>();
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopped.resolve(undefined));
    try {
      const bot = await startBot(config, engine, stopped.resolve);
      const error = await stopped.promise;
      await bot.stop();
      if (error !== undefined) throw error;
    } finally {
      await engine.close();
    }
    log("info", "stopped");
    return 0;
  } catch (error) {
    if (error instanceof UserError) log("error", error.message);
    else log("error", "I can't go on", error);
    return 1;
  }
}
