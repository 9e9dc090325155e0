// The engine's WebAssembly object with the few types that running a core module needs.

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}
export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}
interface ModuleClass {
  new (bytes: Uint8Array): object;
  imports(module: object): readonly ModuleImport[];
  exports(module: object): readonly Omit<ModuleImport, "module">[];
}
interface Engine {
  readonly Module: ModuleClass;
  readonly Instance: new (module: object, imports: object) => Instance;
}

// The DOM library, which declares WebAssembly, is not part of this build; `@tenon/wasm` would load its whole linker.
export const engine: Engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
