// WAT text -> the WebAssembly guests that are measured: one set of functions as a core module, a component and an Extism plugin.
import { componentOf } from "@tenon/wasm/testing";
import wabt from "wabt";
import { work } from "../workloads.mjs";

const tool = await wabt();

/** @returns {Uint8Array} */
export function assemble(text) {
  const module = tool.parseWat("guest.wat", text, { bulk_memory: true, mutable_globals: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

const { artifact, log } = work.build({ args: Array.from({ length: 8 }) });
const ARTIFACT = 1024;
const LOG = 8192;
const HEAP = 16_384;
const hex = (bytes) => Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
const DATA = `(data (i32.const ${ARTIFACT}) "${hex(artifact)}") (data (i32.const ${LOG}) "${log}")`;

/** Room for the megabyte, and an allocator that only moves forward until something is freed: nothing outlives a call here. */
const MEMORY = `
  (memory $memory (export "memory") 20)
  (global $top (mut i32) (i32.const ${HEAP}))
  (func $realloc (export "cabi_realloc") (param $old i32) (param $was i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (if (i32.and (i32.ne (local.get $was) (i32.const 0)) (i32.eqz (local.get $size)))
      (then (global.set $top (i32.const ${HEAP})) (return (local.get $align))))
    (local.set $at (i32.and
      (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))) (then unreachable))
    (local.get $at))`;

export const WORK = "tenon:bench/work@0.1.0";
export const HOST = "tenon:bench/host@0.1.0";
const TICK = `(import "${HOST}" "tick" (func $tick (param i32) (result i32)))`;
/** Strings and bytes are returned where they came in; what the host has read is freed. */
const FUNCTIONS = `
  (func (export "${WORK}#add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $pair (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
  (export "${WORK}#echo" (func $pair))
  (export "${WORK}#bytes" (func $pair))
  (func (export "${WORK}#build") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 32) (i32.const ${ARTIFACT})) (i32.store (i32.const 36) (i32.const ${artifact.length}))
    (i32.store (i32.const 40) (i32.const ${LOG}))
    (i32.store (i32.const 44) (select (i32.const ${log.length}) (i32.const 0) (i32.eq (local.get 5) (i32.const 8))))
    (i32.const 32))
  (func (export "${WORK}#callbacks") (param $count i32) (result i32) (local $n i32) (local $at i32)
    (block $done (loop $again
      (br_if $done (i32.ge_u (local.get $at) (local.get $count)))
      (local.set $n (call $tick (local.get $n)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $again)))
    (local.get $n))
  (func $free (param i32) (drop (call $realloc (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 0))))
  ${["echo", "build", "bytes"].map((name) => `(export "cabi_post_${WORK}#${name}" (func $free))`).join(" ")}`;

/** The module alone: what the `wasm` boundary runs, and what hand-written glue calls. */
export function coreGuest() {
  const section = JSON.stringify({ package: "tenon:bench", world: "plugin", version: "0.1.0", abi: 1 });
  return withSection(assemble(`(module ${TICK} ${MEMORY} ${FUNCTIONS} ${DATA})`), "tenon:contract", section);
}

/** The same functions in two modules, as component tools lay them out. */
export function componentParts() {
  return {
    memory: assemble(`(module ${MEMORY})`),
    main: assemble(`(module
      (import "env" "memory" (memory $memory 20))
      (import "env" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
      ${TICK} ${FUNCTIONS} ${DATA})`),
  };
}

export function componentGuest(contract) {
  const postReturn = ["echo", "build", "bytes"].map((name) => `${WORK}#${name}`);
  return componentOf(contract, { ...componentParts(), postReturn });
}

const EXTISM = "extism:host/env";
/** Copies its input word by word, as the kits for Extism plugins do: the kernel's memory is another one. */
export function extismGuest() {
  return assemble(`(module
    (import "${EXTISM}" "input_length" (func $length (result i64)))
    (import "${EXTISM}" "input_load_u64" (func $input (param i64) (result i64)))
    (import "${EXTISM}" "input_load_u8" (func $input8 (param i64) (result i32)))
    (import "${EXTISM}" "alloc" (func $alloc (param i64) (result i64)))
    (import "${EXTISM}" "store_u64" (func $store (param i64 i64)))
    (import "${EXTISM}" "store_u8" (func $store8 (param i64 i32)))
    (import "${EXTISM}" "output_set" (func $output (param i64 i64)))
    (import "extism:host/user" "tick" (func $tick (param i32) (result i32)))
    (memory (export "memory") 20)
    (func $load (param $to i32) (result i32) (local $at i32) (local $size i32)
      (local.set $size (i32.wrap_i64 (call $length)))
      (block $tail (loop $words
        (br_if $tail (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (local.get $size)))
        (i64.store (i32.add (local.get $to) (local.get $at)) (call $input (i64.extend_i32_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $words)))
      (block $done (loop $bytes
        (br_if $done (i32.ge_u (local.get $at) (local.get $size)))
        (i32.store8 (i32.add (local.get $to) (local.get $at)) (call $input8 (i64.extend_i32_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
      (local.get $size))
    (func $give (param $from i32) (param $size i32) (local $to i64) (local $at i32)
      (local.set $to (call $alloc (i64.extend_i32_u (local.get $size))))
      (block $tail (loop $words
        (br_if $tail (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (local.get $size)))
        (call $store (i64.add (local.get $to) (i64.extend_i32_u (local.get $at)))
          (i64.load (i32.add (local.get $from) (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $words)))
      (block $done (loop $bytes
        (br_if $done (i32.ge_u (local.get $at) (local.get $size)))
        (call $store8 (i64.add (local.get $to) (i64.extend_i32_u (local.get $at)))
          (i32.load8_u (i32.add (local.get $from) (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
      (call $output (local.get $to) (i64.extend_i32_u (local.get $size))))
    (func (export "add") (result i32)
      (drop (call $load (i32.const ${HEAP})))
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const ${HEAP})) (i32.load (i32.const ${HEAP + 4}))))
      (call $give (i32.const 0) (i32.const 4)) (i32.const 0))
    (func $same (result i32) (call $give (i32.const ${HEAP}) (call $load (i32.const ${HEAP}))) (i32.const 0))
    (export "echo" (func $same))
    (export "bytes" (func $same))
    (func (export "build") (result i32)
      (drop (call $load (i32.const ${HEAP})))
      (call $give (i32.const ${ARTIFACT}) (i32.const ${artifact.length + log.length})) (i32.const 0))
    (func (export "callbacks") (result i32) (local $n i32) (local $at i32)
      (drop (call $load (i32.const ${HEAP})))
      (block $done (loop $again
        (br_if $done (i32.ge_u (local.get $at) (i32.load (i32.const ${HEAP}))))
        (local.set $n (call $tick (local.get $n)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $again)))
      (i32.store (i32.const 0) (local.get $n))
      (call $give (i32.const 0) (i32.const 4)) (i32.const 0))
    (data (i32.const ${ARTIFACT}) "${hex(artifact)}${log}"))`);
}

/** The same module under other bytes, so that no cache, ours or the engine's, has it already. */
export function freshCopy(wasm, number) {
  return withSection(wasm, "fresh", String(number));
}

/** Works on modules and components alike: both take custom sections at the end. */
function withSection(wasm, name, text) {
  const content = [...leb(name.length), ...Buffer.from(name), ...Buffer.from(text)];
  const section = [0, ...leb(content.length), ...content];
  const out = new Uint8Array(wasm.length + section.length);
  out.set(wasm);
  out.set(section, wasm.length);
  return out;
}

function leb(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** A reactor that asks for the monotonic time, or reads `file` out of the first folder that it was given. */
export function wasiGuest(file) {
  const from = "wasi_snapshot_preview1";
  return assemble(`(module
    (import "${from}" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
    (import "${from}" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "${from}" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "${from}" "fd_close" (func $close (param i32) (result i32)))
    (memory (export "memory") 2)
    (data (i32.const 64) "${file}")
    (func $must (param i32) (if (local.get 0) (then unreachable)))
    (func (export "clock") (param $count i32) (result i64)
      (loop $again
        (call $must (call $time (i32.const 1) (i64.const 1) (i32.const 16)))
        (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      (i64.load (i32.const 16)))
    (func (export "open-read") (result i32)
      (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const ${file.length}) (i32.const 0)
        (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
      (i32.store (i32.const 8) (i32.const 4096)) (i32.store (i32.const 12) (i32.const 65536))
      (call $must (call $read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 4)))
      (call $must (call $close (i32.load (i32.const 0))))
      (i32.load (i32.const 4))))`);
}
