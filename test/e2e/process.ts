/** The bot as a process of its own: started, killed and asked to stop, as a supervisor would. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";

const mainEntry = join(import.meta.dirname, "../../src/main.ts");

/** The bot's process with the fake engine: it starts sooner. */
export const fakeEntry = join(import.meta.dirname, "../fakes/main.ts");

export interface BotProcess {
  readonly pid: number;
  /** What it told on standard error so far. */
  readonly log: () => string;
  /** Waits for a line in the log. */
  says(what: RegExp): Promise<void>;
  /** Sends the signal and waits for the end: the exit code, or the signal it died of. */
  end(signal: NodeJS.Signals): Promise<number | string | null>;
  /** Waits until it ends by itself. */
  readonly ended: Promise<number | string | null>;
}

/** Starts the bot; it ends with the test at the latest. */
export function startProcess(t: TestContext, environment: Readonly<Record<string, string>>, entry = mainEntry) {
  const { DISCORD_TOKEN: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [entry], {
    env: { ...inherited, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  return watch(t, child);
}

function watch(t: TestContext, child: ChildProcess): BotProcess {
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string | null);
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    pid: child.pid!, // it was spawned
    log: () => log,
    ended,
    async says(what) {
      while (!what.test(log)) {
        const more = once(child.stderr!, "data"); // spawned with a pipe
        const over = await Promise.race([more.then(() => false), ended.then(() => true)]);
        if (over && !what.test(log)) throw new Error(`It ended without saying ${what}: ${log}`);
      }
    },
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
