/** What is wrong with a sound file, before anybody knows its name and how far it was read. */
import { UserError } from "../errors.ts";

/** A sound file that can't be read on; `what` ends a sentence that begins with the file. */
export class BrokenSound extends UserError {
  readonly what: string;

  constructor(what: string, options?: ErrorOptions) {
    super(`The sound file ${what}.`, options);
    this.what = what;
  }
}

export function refuse(what: string): never {
  throw new BrokenSound(what);
}

/** Names the file that the work found broken, and says where. */
export function named<T>(work: () => T, sentence: (what: string) => string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BrokenSound)) throw error;
    throw new UserError(sentence(error.what), { cause: error });
  }
}
