/** What all programs do with the words they are started with, and with what goes wrong. */
import { asUserError, UserError } from "../errors.ts";

/** Parses words; Node's own sentences are about the user's words, and fit to be shown. */
export function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TypeError)
      throw new UserError(`${error.message}. --help tells what there is.`, { cause: error });
    throw error;
  }
}

/** The exit code of a program's work: what the user can mend is told in a sentence, and only a bug throws. */
export async function exitCode(work: () => Promise<void>, stderr: { write(text: string): unknown }): Promise<number> {
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
