/** Limits for a thread that decodes untrusted sound files. */
import { lowerPriority } from "../../priority.ts";

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } }; // typed only in the DOM library

/** Lowers the thread's priority and limits WebAssembly memory, which V8's limits don't include. */
export function limitThread(maxMemoryBytes: number): void {
  lowerPriority();
  limitMemory(maxMemoryBytes);
}

/** WebAssembly code grows its memory through this method; it may survive a refusal or fail. */
function limitMemory(maxBytes: number): void {
  const page = 65_536;
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (this: Memory, pages: number) {
    if (this.buffer.byteLength + pages * page > maxBytes) throw new RangeError("WebAssembly memory limit reached");
    return grow.call(this, pages);
  };
}
