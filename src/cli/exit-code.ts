/** How programs end: what the user can fix is printed as a sentence, and the shell gets an exit code. */
import { asUserError } from "../errors.ts";

interface TextTarget {
  write(text: string): unknown;
}

/** Where a program writes. */
export interface Streams {
  readonly stdout: TextTarget;
  readonly stderr: TextTarget;
}

/** Runs a program and returns its exit code: a UserError is printed, any other error is a bug and thrown. */
export async function exitCode(work: () => Promise<void>, stderr: TextTarget): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    const known = asUserError(error);
    if (known === undefined) throw error;
    stderr.write(`${known.message}\n`);
    return 1;
  }
}
