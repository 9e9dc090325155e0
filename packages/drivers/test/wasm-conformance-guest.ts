// contracts/conformance -> guests for it as core modules: echoes written by type, calls by hand, WASI for time and output.
import { readFileSync } from "node:fs";
import { casesLayout, casesOf, coreSignature, flattenType, layoutOf, recordLayout } from "@tenon/abi/canonical";
import type { CasesType, CoreType } from "@tenon/abi/canonical";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract, ContractFunction, ValueType } from "@tenon/contract";
import type { ArtifactKind } from "@tenon/verify";
import { assemble, withSection } from "./wasm-guests.ts";

const WIT = readFileSync(new URL("../../../contracts/conformance/conformance.wit", import.meta.url), "utf8");
const contract: Contract = contractFromResolve(resolveWit(WIT).resolve, 0);
const VALUES = "tenon:conformance/values@0.1.0";
const CALLS = "tenon:conformance/calls@0.1.0";

interface Flat {
  readonly type: CoreType;
  /** The WAT expression that gives it. */
  readonly value: string;
}

/** Code that stores a value, given as core values, at `$out + offset`. */
function store(type: ValueType, flats: readonly Flat[], offset: number): string {
  const put = (op: string, index = 0, at = offset): string =>
    `(${op} offset=${at} (local.get $out) ${flats[index]!.value})`;
  switch (type.kind) {
    case "record":
      return storeAll(
        type.fields.map((field) => field.type),
        flats,
        offset,
      );
    case "tuple":
      return storeAll(type.items, flats, offset);
    case "string":
    case "list":
    case "map":
      return put("i32.store") + put("i32.store", 1, offset + 4);
    case "option":
    case "result":
    case "variant":
    case "enum":
      return storeCases(type, flats, offset);
    case "u64":
    case "s64":
      return put("i64.store");
    case "f32":
    case "f64":
      return put(`${type.kind}.store`);
    default: {
      const { size } = layoutOf(type);
      return put(size === 4 ? "i32.store" : `i32.store${size * 8}`);
    }
  }
}

function storeAll(types: readonly ValueType[], flats: readonly Flat[], offset: number): string {
  const { offsets } = recordLayout(types);
  let at = 0;
  return types
    .map((type, index) => {
      const own = flats.slice(at, (at += flattenType(type).length));
      return store(type, own, offset + offsets[index]!);
    })
    .join("\n");
}

function storeCases(type: CasesType, flats: readonly Flat[], offset: number): string {
  const cases = casesOf(type);
  const { discriminant, payload } = casesLayout(cases);
  const index = flats[0]!.value;
  const arms = cases.map((one, number) => {
    if (one.type === undefined) return "";
    const own = flattenType(one.type).map((wanted, at) => narrow(flats[1 + at]!, wanted));
    return `(if (i32.eq ${index} (i32.const ${number})) (then ${store(one.type, own, offset + payload)}))`;
  });
  const op = discriminant === 4 ? "i32.store" : `i32.store${discriminant * 8}`;
  return `(${op} offset=${offset} (local.get $out) ${index}) ${arms.join("\n")}`;
}

/** What cases share travels in the wider type ("Flattening"). */
function narrow({ type, value }: Flat, wanted: CoreType): Flat {
  if (type === wanted) return { type, value };
  const i32 = type === "i64" ? `(i32.wrap_i64 ${value})` : value;
  if (wanted === "i32") return { type: wanted, value: i32 };
  return { type: wanted, value: wanted === "f32" ? `(f32.reinterpret_i32 ${i32})` : `(f64.reinterpret_i64 ${value})` };
}

/** A function that returns its arguments: as one value, or as the tuple of them. */
function echo(func: ContractFunction): string {
  const { params, results, hasParamsInMemory, hasResultInMemory } = coreSignature(func, "lift");
  const name = `${VALUES}#${func.name}`;
  const head = `(func (export "${name}") ${params.map((type) => `(param ${type})`).join(" ")} ${results.map((type) => `(result ${type})`).join(" ")}`;
  if (func.result === undefined) return `${head})`;
  const done = `(func (export "cabi_post_${name}") ${results.map((type) => `(param ${type})`).join(" ")} (call $free))`;
  // A row of arguments lies in memory as the tuple of them does.
  if (hasParamsInMemory || !hasResultInMemory) return `${head} (local.get 0)) ${hasResultInMemory ? done : ""}`;
  const flats = params.map((type, index): Flat => ({ type, value: `(local.get ${index})` }));
  const { size, align } = layoutOf(func.result);
  return `${head} (local $out i32)
    (local.set $out (call $realloc (i32.const 0) (i32.const 0) (i32.const ${align}) (i32.const ${size})))
    ${store(func.result, flats, 0)} (local.get $out)) ${done}`;
}

const IMPORTS = `
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "tenon:conformance/host@0.1.0" "double" (func $double (param i32) (result i32)))
  (import "tenon:conformance/host@0.1.0" "double-later" (func $double_later (param i32) (result i32)))
  (import "tenon:conformance/host@0.1.0" "broken" (func $broken (result i32)))
  (import "tenon:conformance/host@0.1.0" "reenter" (func $reenter (param i32) (result i32)))`;

/** Addresses below 1024: 0 a sleep's subscription, 64 its event, 128 what to write, 144 how much was, 256 a line of 80. */
const PARTS = `
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (data (i32.const 256) "${"flood ".repeat(13)}.\\n\\n") (data (i32.const 400) "cannot load on purpose\\n")
  (func $realloc (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1))) (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $new)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $new) (i32.const 16)))))))
    (memory.copy (local.get $at) (local.get $old) (local.get $size)) (local.get $at))
  (func $free (global.set $top (i32.const 1024)))
  (func $print (param $fd i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 128) (local.get $at)) (i32.store (i32.const 132) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 128) (i32.const 1) (i32.const 144))))`;

const CALL_CODE: Readonly<Record<string, string>> = {
  // As the runtimes of C and Rust do it: the reason goes to stderr, then the trap.
  fail: "(param i32 i32) (call $print (i32.const 2) (local.get 0) (local.get 1)) unreachable",
  spin: "(loop (br 0))",
  exit: "(param i32) (call $proc_exit (local.get 0))",
  sleep: `(param i32) (result i32)
    (i64.store (i32.const 0) (i64.const 0)) (i64.store (i32.const 8) (i64.const 0)) (i64.store (i32.const 16) (i64.const 1))
    (i64.store (i32.const 24) (i64.mul (i64.extend_i32_u (local.get 0)) (i64.const 1000000)))
    (i64.store (i32.const 32) (i64.const 0)) (i64.store (i32.const 40) (i64.const 0))
    (if (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 144)) (then unreachable)) (local.get 0)`,
  flood: `(param i32) (if (local.get 0) (then (loop
    (call $print (i32.const 1) (i32.const 256) (i32.const 80)) (call $print (i32.const 2) (i32.const 256) (i32.const 80))
    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`,
  "late-throw": "",
  "call-host": "(param i32) (result i32) (call $double (local.get 0))",
  "call-host-async": "(param i32) (result i32) (call $double_later (local.get 0))",
  "call-host-failing": "(result i32) (call $broken)",
  reenter: `(param i32) (result i32) (if (result i32) (local.get 0)
    (then (i32.add (call $reenter (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0)))`,
  big: `(param i32) (result i32) (local $at i32) (local $i i32)
    (i32.store (i32.const 128) (local.tee $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (local.get 0))))
    (i32.store (i32.const 132) (local.get 0))
    (if (local.get 0) (then (loop
      (i32.store8 (i32.add (local.get $at) (local.get $i)) (i32.rem_u (local.get $i) (i32.const 251)))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0))))))
    (call $free) (i32.const 128)`,
  "wait-cancel": "(param i32)",
  "log-lines": `(param i32 i32) (if (local.get 1) (then (loop
    (call $print (i32.const 1) (i32.load (local.get 0)) (i32.load offset=4 (local.get 0)))
    (call $print (i32.const 1) (i32.const 335) (i32.const 1))
    (local.set 0 (i32.add (local.get 0) (i32.const 8))) (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))) (call $free)`,
};

const MISSING: readonly string[] = ["nothing", "sleep"];
const INITIALIZE: Partial<Record<ArtifactKind, string>> = {
  throws: "(call $print (i32.const 2) (i32.const 400) (i32.const 23)) unreachable",
  stuck: "(loop (br 0))",
};

/** The guest of each kind that the conformance suite asks for. */
export function conformanceGuest(kind: ArtifactKind): Uint8Array {
  const isThere = (name: string): boolean => kind !== "incomplete" || !MISSING.includes(name);
  const values = contract.exports.find(({ id }) => id === VALUES)!.functions.filter(({ name }) => isThere(name));
  const calls = Object.entries(CALL_CODE).filter(([name]) => isThere(name));
  const module = assemble(`(module ${IMPORTS} ${PARTS}
    ${values.map(echo).join("\n")}
    ${calls.map(([name, code]) => `(func (export "${CALLS}#${name}") ${code})`).join("\n")}
    (func (export "_initialize") ${INITIALIZE[kind] ?? ""}))`);
  const digest = kind === "other-contract" ? `abi:sha256:${"0".repeat(64)}` : contract.digest;
  const section = { package: "tenon:conformance", world: "plugin", version: "0.1.0", abi: 1, digest };
  return withSection(module, "tenon:contract", JSON.stringify(section));
}
