/** Files as they come out of broken disks and hostile hands, the same in every run. */
import { checksum } from "../../src/audio/pages.ts";

/** One file damaged in one of several ways. */
export function damaged(bytes: Uint8Array, random: () => number): Buffer {
  const copy = Buffer.from(bytes);
  const place = (size = copy.length): number => Math.floor(random() * size);
  const somewhere = random() < 0.5 ? () => place(Math.min(200, copy.length)) : () => place(); // heads are the most fragile
  const span = (): [number, number] => {
    const from = somewhere();
    return [from, Math.min(copy.length, from + 1 + place(400))];
  };
  switch (place(7)) {
    case 0: // single bits
      for (let count = 1 + place(3); count > 0; count--) {
        const at = somewhere();
        copy[at] = copy[at]! ^ (1 << place(8));
      }
      return copy;
    case 1: // single bytes
      for (let count = 1 + place(20); count > 0; count--) copy[somewhere()] = place(256);
      return copy;
    case 2: // cut
      return copy.subarray(0, place());
    case 3: // a hole
      return copy.fill(random() < 0.5 ? 0 : 255, ...span());
    case 4: {
      // something missing
      const [from, to] = span();
      return Buffer.concat([copy.subarray(0, from), copy.subarray(to)]);
    }
    case 5: {
      // something twice
      const [from, to] = span();
      return Buffer.concat([copy.subarray(0, to), copy.subarray(from)]);
    }
    default: {
      // noise
      const [from, to] = span();
      for (let at = from; at < to; at++) copy[at] = place(256);
      return copy;
    }
  }
}

/** Makes the checksums of an Ogg file's pages right again, as far as pages can be found. */
export function rechecked(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  for (let page = 0; page + 27 <= copy.length; ) {
    const sizes = copy.subarray(page + 27, page + 27 + copy[page + 26]!);
    const end = page + 27 + sizes.length + sizes.reduce((sum, size) => sum + size, 0);
    if (end > copy.length) break;
    copy.writeUInt32LE(0, page + 22);
    copy.writeUInt32LE(checksum(copy.subarray(page, end)), page + 22);
    page = end;
  }
  return copy;
}
