/** Typed access to WebAssembly: TypeScript declares it only in its DOM library. */

interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface WebAssemblyModule {
  readonly compiled: unique symbol;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WebAssemblyModule;
  readonly Instance: new (module: WebAssemblyModule, imports: object) => Instance;
}

const api = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

export const compile = (bytes: Uint8Array): WebAssemblyModule => new api.Module(bytes);

export const instantiate = (module: WebAssemblyModule, imports: object): Instance => new api.Instance(module, imports);
