// A small contract and guests for it, assembled from WAT, for the tests of the `wasm` boundary.
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import wabtModule from "wabt";

const WIT = `package test:wasm@1.0.0;
interface host { tick: func(n: u32) -> u32; }
interface api {
  add: func(a: u32, b: u32) -> u32;
  echo: func(text: string) -> string;
  /// Counts its calls in a global.
  count: func() -> u32;
  spin: func();
  trap: func();
  recurse: func();
  /// The pages that could be added, one by one.
  grow: func() -> u32;
  /// A string of this length at address 0, whatever is there.
  text: func(length: u32) -> string;
  callbacks: func(count: u32) -> u32;
}
world plugin { import host; export api; }`;

export interface Api {
  readonly api: {
    readonly add: (a: number, b: number) => number;
    readonly echo: (text: string) => string;
    readonly count: () => number;
    readonly spin: () => void;
    readonly trap: () => void;
    readonly recurse: () => void;
    readonly grow: () => number;
    readonly text: (length: number) => string;
    readonly callbacks: (count: number) => number;
  };
}
export interface Host {
  readonly host: { readonly tick: (n: number) => number };
}

export const contract: Contract<Api, Host> = contractFromResolve(resolveWit(WIT).resolve, 0) as Contract<Api, Host>;

const wabt = await wabtModule();

/** Assembles WebAssembly text. */
export function assemble(text: string): Uint8Array {
  const module = wabt.parseWat("guest.wat", text, { bulk_memory: true, mutable_globals: true });
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/** A module with a custom section behind it. */
export function withSection(module: Uint8Array, name: string, text: string): Uint8Array {
  const content = [...leb(name.length), ...Buffer.from(name), ...Buffer.from(text)];
  return Uint8Array.from([...module, 0, ...leb(content.length), ...content]);
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

export const SECTION = { package: "test:wasm", world: "plugin", version: "1.0.0", abi: 1 };

export interface GuestParts {
  /** Further definitions. */
  readonly more?: string;
  readonly imports?: string;
  /** Exports of the interface to leave out. */
  readonly without?: string;
  readonly section?: object;
  /** Pages that it starts with. Default 1. */
  readonly memory?: number;
}

/** A guest that does what the contract says. */
export function guest({
  more = "",
  imports = "",
  without = "",
  section = SECTION,
  memory = 1,
}: GuestParts = {}): Uint8Array {
  const exported = (name: string): string => (name === without ? "" : `(export "test:wasm/api@1.0.0#${name}")`);
  const text = `(module
    ${imports}
    (import "test:wasm/host@1.0.0" "tick" (func $tick (param i32) (result i32)))
    (memory (export "memory") ${memory})
    (global $top (mut i32) (i32.const 1024)) (global $n (mut i32) (i32.const 0))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.add (global.get $top) (local.get 3))) (i32.sub (global.get $top) (local.get 3)))
    (func ${exported("add")} (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func ${exported("echo")} (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
    (func (export "cabi_post_test:wasm/api@1.0.0#echo") (param i32) (global.set $top (i32.const 1024)))
    (func ${exported("count")} (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func ${exported("spin")} (loop (br 0)))
    (func ${exported("trap")} unreachable)
    (func $deep ${exported("recurse")} (call $deep) (call $deep))
    (func ${exported("grow")} (result i32) (local i32)
      (loop (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
        (then (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 1)))) (local.get 0))
    (func ${exported("text")} (param i32) (result i32) (i32.store (i32.const 20) (local.get 0)) (i32.const 16))
    (func ${exported("callbacks")} (param i32) (result i32) (local i32)
      (if (local.get 0) (then (loop (local.set 1 (call $tick (local.get 1)))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))) (local.get 1))
    ${more})`;
  return withSection(assemble(text), "tenon:contract", JSON.stringify(section));
}
