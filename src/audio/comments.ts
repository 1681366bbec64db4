/** Vorbis comments, which Ogg Vorbis, Ogg Opus and FLAC have in common (Xiph's "Ogg Vorbis I format specification", section 5). */
import { refuse } from "./broken.ts";

export interface Comment {
  /** In upper case. */
  readonly name: string;
  /** UTF-8: a view of the bytes. */
  readonly value: Buffer;
}

const mostComments = 1000;
const mostNameBytes = 100;

/** The comments that begin here, in order; sizes that can't be right are refused before anything is made of them. */
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
  span(); // who wrote it
  const count = number();
  for (let index = 0; index < Math.min(count, mostComments); index++) {
    const comment = span();
    const equals = comment.subarray(0, mostNameBytes + 1).indexOf("=");
    const end = equals < 0 ? Math.min(comment.length, mostNameBytes) : equals;
    yield { name: comment.toString("latin1", 0, end).toUpperCase(), value: comment.subarray(end + 1) };
  }
}
