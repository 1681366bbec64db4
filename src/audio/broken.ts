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
