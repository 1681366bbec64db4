/** Vorbis comments, as in Ogg Vorbis, Ogg Opus and FLAC (Xiph's "Ogg Vorbis I format specification", section 5). */
import { refuse } from "./broken.ts";

export interface Comment {
  /** Upper case. */
  readonly name: string;
  /** UTF-8; a view of the input. */
  readonly value: Buffer;
}

const maxComments = 1000;
const maxNameBytes = 100;

/** Parses the comments at `from`, in order; sizes are checked before anything is allocated. */
export function* commentsIn(bytes: Buffer, from: number): Generator<Comment> {
  let at = from;
  const number = (): number => {
    if (at + 4 > bytes.length) refuse("has damaged tags");
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  const span = (): Buffer => {
    const size = number();
    if (size > bytes.length - at) refuse("has damaged tags");
    at += size;
    return bytes.subarray(at - size, at);
  };
  span(); // the encoder's name
  const count = number();
  for (let index = 0; index < Math.min(count, maxComments); index++) {
    const comment = span();
    const equals = comment.subarray(0, maxNameBytes + 1).indexOf("=");
    const end = equals < 0 ? Math.min(comment.length, maxNameBytes) : equals;
    yield { name: comment.toString("latin1", 0, end).toUpperCase(), value: comment.subarray(end + 1) };
  }
}
