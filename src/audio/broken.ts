/** Errors of sound files, thrown where the file's name is not known. */
import { UserError } from "../errors.ts";

/** A sound file that can't be read; `what` completes a sentence that begins with the file's name. */
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

/** Refuses implausible formats before anything is allocated. */
export function checkFormat(sampleRate: number, channels: number): void {
  if (!(sampleRate >= 1000 && sampleRate <= 384_000))
    refuse(`has a sample rate of ${sampleRate} Hz; I read 1000 to 384000 Hz`);
  if (channels < 1 || channels > 8) refuse(`has ${channels} channels; I read 1 to 8`);
}

/** Runs `work`, and turns its BrokenSound into the sentence for users, which names the file. */
export function withFileName<T>(work: () => T, sentence: (what: string) => string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BrokenSound)) throw error;
    throw new UserError(sentence(error.what), { cause: error });
  }
}
