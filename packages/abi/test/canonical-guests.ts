// Guests for the tests of the canonical ABI, assembled from WAT; and what TypeScript must know of WebAssembly for it.
import { coreSignature } from "@tenon/abi/canonical";
import type { CanonicalEnv, CoreFunction, MemoryLike, Realloc } from "@tenon/abi/canonical";
import type { ContractFunction } from "@tenon/contract";
import wabtModule from "wabt";

interface Wabt {
  parseWat(name: string, text: string, features?: object): { toBinary(options: object): { buffer: Uint8Array } };
}
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports?: object) => { readonly exports: Record<string, unknown> };
  readonly RuntimeError: new (message?: string) => Error;
}

export const wasm: WebAssemblyLike = (globalThis as unknown as { WebAssembly: WebAssemblyLike }).WebAssembly;
const wabt = (await (wabtModule as unknown as () => Promise<unknown>)()) as Wabt;

export function assemble(wat: string): object {
  return new wasm.Module(wabt.parseWat("guest.wat", wat, { threads: true }).toBinary({}).buffer);
}

export interface Guest {
  readonly exports: Readonly<Record<string, CoreFunction>>;
  readonly memory: MemoryLike & { grow(pages: number): number };
  readonly realloc: Realloc;
  /** The environment of its definitions, with what is given. */
  env(more?: Partial<CanonicalEnv>): CanonicalEnv;
  bytes(at: number, length: number): number[];
  write(at: number, bytes: readonly number[]): void;
}

export function instantiate(wat: string, imports: object = {}): Guest {
  return guestOf(assemble(wat), imports);
}

export function guestOf(module: object, imports: object = {}): Guest {
  const { exports } = new wasm.Instance(module, imports);
  const memory = exports["memory"] as Guest["memory"];
  const realloc = exports["realloc"] as Realloc;
  return {
    exports: exports as Guest["exports"],
    memory,
    realloc,
    env: (more = {}) => ({ memory: () => memory, realloc, ...more }),
    bytes: (at, length) => [...new Uint8Array(memory.buffer, at, length)],
    write: (at, bytes) => new Uint8Array(memory.buffer).set(bytes, at),
  };
}

/**
 * A bump allocator that grows its memory when it must. Growing an old allocation moves it; `grows` says how many pages
 * the memory grows by at every allocation, to show that no view of it outlives one.
 */
export function allocator(grows = 0): string {
  return `
  (memory (export "memory") 2)
  (global $top (export "top") (mut i32) (i32.const 4096))
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (func $realloc (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
    (local $at i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (drop (memory.grow (i32.const ${grows})))
    (local.set $at (i32.and
      (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $new)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $new) (i32.const 16)))))))
    (memory.copy (local.get $at) (local.get $old) (local.get $size))
    (local.get $at))`;
}

/**
 * A guest whose export \`call\` passes its core values on to the import \`host.call\` of the same type, and the result back.
 * Together, export and import move a value of any type through every path: lowered, lifted, lowered, lifted.
 */
export function forwarder(fn: ContractFunction, grows = 0): string {
  const exported = coreSignature(fn, "lift");
  const imported = coreSignature(fn, "lower");
  const params = (types: readonly string[]): string => types.map((type) => `(param ${type})`).join(" ");
  const results = (types: readonly string[]): string => types.map((type) => `(result ${type})`).join(" ");
  const pass = exported.params.map((_, index) => `(local.get ${index})`).join(" ");
  const body = exported.hasResultInMemory
    ? `(call $host ${pass} (i32.const 1024)) (i32.const 1024)`
    : `(call $host ${pass})`;
  return `(module
    (import "host" "call" (func $host ${params(imported.params)} ${results(imported.results)}))
    ${allocator(grows)}
    (func (export "call") ${params(exported.params)} ${results(exported.results)} ${body}))`;
}
