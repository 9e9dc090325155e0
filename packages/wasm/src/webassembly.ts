// The engine's WebAssembly object -> the few types that this package uses; the DOM library is not part of this build.

/** A compiled module: immutable, structured-cloneable to workers. */
export interface WasmModule {
  readonly "~wasm"?: "module";
}
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}
type ImportObject = Record<string, Record<string, unknown>>;

export interface WasmEngine {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: ImportObject) => WasmInstance;
  readonly Memory: new (descriptor: { initial: number; maximum?: number }) => WasmMemory;
  readonly RuntimeError: new (message?: string) => Error;
  readonly CompileError: new (message?: string) => Error;
  readonly LinkError: new (message?: string) => Error;
  /** Thrown values of wasm's own exception handling. */
  readonly Exception?: new (...args: never) => object;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  validate(bytes: Uint8Array): boolean;
  /** JavaScript Promise Integration: both or neither are there. Detect these, never a version of Node. */
  readonly Suspending?: new (func: (...args: readonly unknown[]) => unknown) => object;
  readonly promising?: (func: unknown) => (...args: readonly unknown[]) => Promise<unknown>;
}

/** The engine of this process. */
export const engine: WasmEngine = (globalThis as unknown as { readonly WebAssembly: WasmEngine }).WebAssembly;

/** Whether wasm frames can be suspended here while a promise settles (JSPI; Node 24.20 and later have it). */
export function canSuspend(): boolean {
  return engine.Suspending !== undefined && engine.promising !== undefined;
}
