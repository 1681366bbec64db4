/** Programs that some tests take as an independent opinion, where the machine has them. */
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";

/** Whether the program is there; if not, the test is skipped, but on the CI machine it fails. */
export function needsTool(t: TestContext, tool: string): boolean {
  const found = spawnSync(tool, ["-h"], { stdio: "ignore" }).error === undefined;
  if (found) return true;
  if (process.env.CI) throw new Error(`${tool} is missing; install it, so that this check is made here`);
  t.skip(`${tool} is not installed`);
  return false;
}
