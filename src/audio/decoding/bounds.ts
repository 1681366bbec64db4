/** Limits of a thread that decodes strangers' sound files. */
import { lowerPriority } from "../../priority.ts";

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } }; // no types without a browser's

/** Makes this thread give way to others, and its decoders do with so much memory of their own, which V8's limits don't count. */
export function boundThread(maxMemoryBytes: number): void {
  lowerPriority();
  boundMemory(maxMemoryBytes);
}

/** WebAssembly asks through here whenever it wants more memory; to be refused is something it can live with, or die of. */
function boundMemory(maxBytes: number): void {
  const page = 65_536;
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (this: Memory, pages: number) {
    if (this.buffer.byteLength + pages * page > maxBytes) throw new RangeError("more memory than is given");
    return grow.call(this, pages);
  };
}
