// The engine's WebAssembly object with as much of its type as the tests use; the DOM library is not part of this build.
export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports?: object) => Instance;
  readonly RuntimeError: new (message?: string) => Error;
}

export const engine: Engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
