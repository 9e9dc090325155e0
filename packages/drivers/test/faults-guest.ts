// The plugin of the fault catalogue as WebAssembly: a core module, and the same module wrapped as a component.
import { ComponentEncoder, moduleComponent, uleb } from "@tenon/wasm/testing";
import { faultContract } from "@tenon/verify/faults";
import type { FaultArtifact } from "@tenon/verify/faults";
import wabtModule from "wabt";
import { V, withWasi } from "./wasi-wit.ts";

const wabt = await wabtModule();
const FAULTS = "tenon:faults/faults@0.1.0";
const HOST = "tenon:faults/host@0.1.0";
const DEEP = 100_000;
const SECTION = { package: "tenon:faults", world: "plugin", version: "0.1.0", abi: 1 };

function assemble(text: string): Uint8Array {
  const module = wabt.parseWat("faults.wat", text, { bulk_memory: true, reference_types: true, mutable_globals: true });
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

interface Face {
  readonly imports: string;
  readonly functions: string;
}

const PREVIEW1: Face = {
  imports: `
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))`,
  functions: `
    (func $print (param $fd i32)
      (i32.store (i32.const 32) (i32.const 100)) (i32.store (i32.const 36) (i32.const 80))
      (drop (call $write (local.get $fd) (i32.const 32) (i32.const 1) (i32.const 40))))
    (func $open-file (result i32)
      (call $open (i32.const 3) (i32.const 0) (i32.const 200) (i32.const 1) (i32.const 0)
        (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 40)))`,
};

/** Streams and folders are asked for once, and kept. */
const PREVIEW2: Face = {
  imports: `
    (import "wasi:cli/stdout@${V}" "get-stdout" (func $stdout (result i32)))
    (import "wasi:cli/stderr@${V}" "get-stderr" (func $stderr (result i32)))
    (import "wasi:io/streams@${V}" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
    (import "wasi:filesystem/preopens@${V}" "get-directories" (func $directories (param i32)))
    (import "wasi:filesystem/types@${V}" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))`,
  functions: `
    (global $out (mut i32) (i32.const 0)) (global $err (mut i32) (i32.const 0)) (global $folder (mut i32) (i32.const 0))
    (func $print (param $fd i32)
      (if (i32.eqz (global.get $out)) (then (global.set $out (call $stdout)) (global.set $err (call $stderr))))
      (call $write (select (global.get $out) (global.get $err) (i32.eq (local.get $fd) (i32.const 1)))
        (i32.const 100) (i32.const 80) (i32.const 40)))
    (func $open-file (result i32)
      (if (i32.eqz (global.get $folder)) (then
        (call $directories (i32.const 40))
        (global.set $folder (i32.load (i32.load (i32.const 40))))))
      (call $open (global.get $folder) (i32.const 0) (i32.const 200) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 40))
      (i32.load8_u (i32.const 40)))`,
};

const FACES = { preview1: PREVIEW1, preview2: PREVIEW2 } as const;
const INTERFACES = ["cli/stdout", "cli/stderr", "io/streams", "filesystem/preopens", "filesystem/types"];
const WITH_WASI = `
  (data (i32.const 100) "${"x".repeat(79)}\\n") (data (i32.const 200) "f")
  (func (export "${FAULTS}#flood-output") (param i32)
    (loop (call $print (i32.const 1)) (call $print (i32.const 2))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "${FAULTS}#open-files") (param i32) (result i32) (local i32)
    (block (loop
      (br_if 1 (call $open-file))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (local.get 1))`;

export interface GuestOptions {
  readonly wasi: keyof typeof FACES;
  /** Further definitions. */
  readonly more?: string;
}

export function faultsModule({ wasi, more = "" }: GuestOptions): Uint8Array {
  return assemble(`(module
    (import "${HOST}" "tick" (func $tick (param i32) (result i32)))
    (import "${HOST}" "nest" (func $host-nest (param i32) (result i32)))
    (import "${HOST}" "hang" (func $hang (result i32)))
    ${FACES[wasi].imports}
    (memory (export "memory") 1) (table $t 4 funcref) (elem (table $t) (i32.const 1) func $other)
    (global $top (mut i32) (i32.const 1024)) (global $n (mut i32) (i32.const 0))
    (func $other (param i64))
    (func $spin (export "${FAULTS}#spin") (loop (br 0)))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (if (i32.eq (local.get 3) (i32.const 13)) (then (call $spin)))
      (global.set $top (i32.add (global.get $top) (local.get 3))) (i32.sub (global.get $top) (local.get 3)))
    (func (export "${FAULTS}#ping") (param i32) (result i32) (local.get 0))
    (func (export "${FAULTS}#count") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "${FAULTS}#trap") (param i32)
      (block (block (block (block (block (block (block
        (br_table 0 1 2 3 4 5 6 (local.get 0)))
        unreachable)
        (drop (i32.load (i32.const -4))) (return))
        (drop (i32.div_u (i32.const 1) (i32.const 0))) (return))
        (call_indirect $t (i32.const 0)) (return))
        (call_indirect $t (i32.const 1)) (return))
        (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))) (return))
      (if (i32.eq (local.get 0) (i32.const 6)) (then (drop (i32.trunc_f32_s (f32.const nan)))))
      (call_indirect $t (i32.const -1)))
    (func (export "${FAULTS}#nest") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (call $spin)))
      (if (i32.eq (local.get 0) (i32.const 1000)) (then (return (i32.const 0))))
      (call $host-nest (i32.sub (local.get 0) (i32.const 1))))
    (func (export "${FAULTS}#take") (param i32 i32) (result i32) (local.get 1))
    (func (export "${FAULTS}#text") (param i32) (result i32)
      (i32.store (i32.const 16) (i32.const 32768)) (i32.store (i32.const 20) (local.get 0))
      (if (i32.lt_u (local.get 0) (i32.const 0x1000000)) (then
        (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 0) (i32.const 16)))))))
      (i32.const 16))
    (func (export "cabi_post_${FAULTS}#text") (param i32)
      (if (i32.eq (i32.load (i32.const 20)) (i32.const 13)) (then (call $spin))))
    (func $deep (export "${FAULTS}#recurse") (call $deep) (call $deep))
    (func (export "${FAULTS}#grow") (result i32)
      (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (i32.shr_u (memory.size) (i32.const 4)))
    (func (export "${FAULTS}#grow-table") (result i32)
      (loop (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) (table.size $t))
    (func (export "${FAULTS}#flood-host") (param i32) (result i32) (local i32)
      (loop (local.set 1 (call $tick (local.get 1))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1))
    (func (export "${FAULTS}#hang") (result i32) (call $hang))
    (func (export "${FAULTS}#stir") (param $x i32) (param $left i32) (param $trap i32) (param $grow i32) (result i32)
      (local $at i32)
      (loop
        (if (i32.eq (local.get $left) (local.get $trap)) (then unreachable))
        (if (i32.eq (local.get $left) (local.get $grow)) (then (drop (memory.grow (i32.const 1)))))
        (local.set $at (i32.add (i32.const 16384) (i32.shl (i32.and (local.get $x) (i32.const 0xfff)) (i32.const 2))))
        (local.set $x (i32.xor (local.get $x) (i32.load (local.get $at))))
        (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
        (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
        (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
        (i32.store (local.get $at) (local.get $x))
        (if (i32.eqz (i32.and (local.get $left) (i32.const 255))) (then (local.set $x (call $tick (local.get $x)))))
        (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (local.get $x))
    ${FACES[wasi].functions} ${WITH_WASI}
    ${more})`);
}

const MORE: Readonly<Record<Exclude<FaultArtifact, "deep-types">, string>> = {
  faults: "",
  "start-spins": "(func $start (loop (br 0))) (start $start)",
  "initialize-spins": `(func (export "_initialize") (loop (br 0)))`,
};

/** For the `wasm` boundary: with WASI, and with the section that names its contract. */
export function faultsWasm(kind: FaultArtifact): Uint8Array {
  const module = faultsModule({ wasi: "preview1", more: kind === "deep-types" ? "" : MORE[kind] });
  return Uint8Array.from([...module, ...custom("tenon:contract", JSON.stringify(SECTION))]);
}

/** For the `component` boundary: the same module with WASI 0.2, wrapped. */
export function faultsComponent(kind: FaultArtifact): Uint8Array {
  if (kind === "deep-types") return deepTypes();
  const module = faultsModule({ wasi: "preview2", more: MORE[kind] });
  return moduleComponent(withWasi(faultContract, INTERFACES), module);
}

function custom(name: string, text: string): number[] {
  const content = [...uleb(name.length), ...Buffer.from(name), ...Buffer.from(text)];
  return [0, ...uleb(content.length), ...content];
}

/** Component types in component types, each declared within the other. */
function deepTypes(): Uint8Array {
  const encoder = new ComponentEncoder();
  const open = Array.from({ length: DEEP }, () => [0x41, 0x01, 0x01]).flat();
  encoder.type([...open, 0x41, 0x00]);
  return encoder.finish();
}
