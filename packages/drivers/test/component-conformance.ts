// contracts/conformance as a component: every echo written from its types, and its calls, with WASI 0.2.
import { camelCase, functionLabel } from "@tenon/contract";
import type { Contract, ContractFunction, ContractInterface, ValueType } from "@tenon/contract";
import { casesLayout, casesOf, coreSignature, flattenType, layoutOf, recordLayout } from "@tenon/abi/canonical";
import type { CasesType } from "@tenon/abi/canonical";
import { conformanceContract } from "@tenon/verify";
import { moduleComponent } from "@tenon/wasm/testing";
import wabt from "wabt";
import { V, withWasi } from "./wasi-wit.ts";

const tool = await wabt();

function wat(source: string): Uint8Array {
  const module = tool.parseWat("conformance.wat", source, { multi_value: true, bulk_memory: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

const PAGE = 65_536;
/** Moves forward only; large enough for a suite. */
const MEMORY = `
  (memory (export "memory") 4)
  (global $next (mut i32) (i32.const 4096))
  (func $realloc (export "cabi_realloc")
    (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $end i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (global.set $next (local.get $end))
    (block $fits
      (br_if $fits (i32.le_u (local.get $end) (i32.mul (memory.size) (i32.const ${PAGE}))))
      (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1)
        (i32.div_u (i32.sub (local.get $end) (i32.mul (memory.size) (i32.const ${PAGE}))) (i32.const ${PAGE}))))))
      unreachable)
    (if (local.get $old) (then (memory.copy (local.get $at) (local.get $old) (local.get $old-size))))
    (local.get $at))`;
const WASI = `
  (import "wasi:cli/exit@${V}" "exit" (func $exit (param i32)))
  (import "wasi:cli/stdout@${V}" "get-stdout" (func $stdout (result i32)))
  (import "wasi:cli/stderr@${V}" "get-stderr" (func $stderr (result i32)))
  (import "wasi:clocks/monotonic-clock@${V}" "subscribe-duration" (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@${V}" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@${V}" "[resource-drop]pollable" (func $drop-pollable (param i32)))
  (import "wasi:io/streams@${V}" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@${V}" "[resource-drop]output-stream" (func $drop-output (param i32)))`;
const INTERFACES = ["cli/exit", "cli/stdout", "cli/stderr", "clocks/monotonic-clock", "io/poll", "io/streams"];
/** Eighty characters and an end of line, and an end of line alone. */
const TEXTS = `(data (i32.const 256) "${"x".repeat(79)}\\n") (data (i32.const 400) "\\n")`;
const HELPERS = `
  (func $sleep (param $ms i32) (local $pollable i32)
    (local.set $pollable (call $subscribe (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000))))
    (call $block (local.get $pollable)) (call $drop-pollable (local.get $pollable)))
  (func $print (param $stream i32) (param $at i32) (param $length i32)
    (call $write (local.get $stream) (local.get $at) (local.get $length) (i32.const 512))
    (call $drop-output (local.get $stream)))`;
/** Where results that go through memory are put. */
const RESULT = 1024;

/** Stores a value whose core values are the expressions `flat`, at `RESULT + offset`. */
function store(type: ValueType, offset: number, flat: readonly string[]): string {
  const at = `(i32.const ${RESULT + offset})`;
  switch (type.kind) {
    case "record":
      return storeAll(
        type.fields.map((field) => field.type),
        offset,
        flat,
      );
    case "tuple":
      return storeAll(type.items, offset, flat);
    case "string":
    case "list":
    case "map":
      return `(i32.store ${at} ${flat[0]}) (i32.store offset=4 ${at} ${flat[1]})`;
    case "option":
    case "result":
    case "variant":
    case "enum":
      return storeCases(type, offset, flat);
    case "u64":
    case "s64":
      return `(i64.store ${at} ${flat[0]})`;
    case "f32":
    case "f64":
      return `(${type.kind}.store ${at} ${flat[0]})`;
    default: {
      const { size } = layoutOf(type);
      return `(i32.store${size === 4 ? "" : size * 8} ${at} ${flat[0]})`;
    }
  }
}

function storeAll(types: readonly ValueType[], offset: number, flat: readonly string[]): string {
  const { offsets } = recordLayout(types);
  let from = 0;
  return types
    .map((type, index) => {
      const count = flattenType(type).length;
      from += count;
      return store(type, offset + (offsets[index] ?? 0), flat.slice(from - count, from));
    })
    .join("\n");
}

function storeCases(type: CasesType, offset: number, flat: readonly string[]): string {
  const { discriminant, payload } = casesLayout(casesOf(type));
  const joined = flattenType(type).slice(1);
  const tag = `(i32.store${discriminant === 4 ? "" : discriminant * 8} (i32.const ${RESULT + offset}) ${flat[0]})`;
  const cases = casesOf(type).map(({ type: part }, index) => {
    if (part === undefined) return "";
    const values = flattenType(part).map((core, place) => narrowed(joined[place] ?? core, core, flat[place + 1] ?? ""));
    return `(if (i32.eq ${flat[0]} (i32.const ${index})) (then ${store(part, offset + payload, values)}))`;
  });
  return [tag, ...cases].join("\n");
}

/** A core value of a case's own type, from the slot that it shares with other cases. */
function narrowed(from: string, to: string, value: string): string {
  if (from === to) return value;
  const word = from === "i64" && to !== "f64" ? `(i32.wrap_i64 ${value})` : value;
  if (to === "f32") return `(f32.reinterpret_i32 ${word})`;
  return to === "f64" ? `(f64.reinterpret_i64 ${value})` : word;
}

function echo(id: string, func: ContractFunction): string {
  const { params, results, hasParamsInMemory, hasResultInMemory } = coreSignature(func, "lift");
  const head = `(func (export "${id}#${func.name}") ${params.map((type) => `(param ${type})`).join(" ")}
    ${results.map((type) => `(result ${type})`).join("")}`;
  if (results.length === 0) return `${head})`;
  // In memory the parameters are a tuple laid out as the result is.
  if (hasParamsInMemory || !hasResultInMemory) return `${head} (local.get 0))`;
  const flat = params.map((_, index) => `(local.get ${index})`);
  return `${head} ${storeAll(
    func.params.map(({ type }) => type),
    0,
    flat,
  )} (i32.const ${RESULT}))`;
}

const HOST = "tenon:conformance/host@0.1.0";
const CALLS = "tenon:conformance/calls@0.1.0";

/** The rest traps, and its cases are skipped with a reason. */
function calls({ functions }: ContractInterface): string {
  const bodies: Readonly<Record<string, string>> = {
    fail: "(call $print (call $stderr) (local.get 0) (local.get 1)) unreachable",
    exit: "(call $exit (i32.ne (local.get 0) (i32.const 0)))",
    sleep: "(call $sleep (local.get 0)) (local.get 0)",
    flood: `(loop
      (call $print (call $stdout) (i32.const 256) (i32.const 80)) (call $print (call $stderr) (i32.const 256) (i32.const 80))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))`,
    logLines: `(block (loop
      (br_if 1 (i32.eqz (local.get 1)))
      (call $print (call $stdout) (i32.load (local.get 0)) (i32.load offset=4 (local.get 0)))
      (call $print (call $stdout) (i32.const 400) (i32.const 1))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
      (br 0)))`,
    spin: "(loop $again (br $again)) unreachable",
    callHost: "(call $double (local.get 0))",
    callHostAsync: "(call $double-later (local.get 0))",
    callHostFailing: "(call $broken)",
    big: `(local $at i32) (local $to i32)
      (local.set $to (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (local.get 0)))
      (block $done (loop $again
        (br_if $done (i32.ge_u (local.get $at) (local.get 0)))
        (i32.store8 (i32.add (local.get $to) (local.get $at)) (i32.rem_u (local.get $at) (i32.const 251)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $again)))
      (i32.store (i32.const ${RESULT}) (local.get $to))
      (i32.store offset=4 (i32.const ${RESULT}) (local.get 0))
      (i32.const ${RESULT})`,
  };
  return functions
    .map((func) => {
      const { params, results } = coreSignature(func, "lift");
      const head = `(func (export "${CALLS}#${func.name}") ${params.map((type) => `(param ${type})`).join(" ")}
        ${results.map((type) => `(result ${type})`).join("")}`;
      return `${head} ${bodies[camelCase(functionLabel(func.name))] ?? "unreachable"})`;
    })
    .join("\n");
}

/** The component; `without` drops functions, for what a host must refuse. */
export function conformanceComponent(without: readonly string[] = [], start = ""): Uint8Array {
  const contract = conformanceContract;
  const kept = (one: ContractInterface): ContractInterface => ({
    ...one,
    functions: one.functions.filter((func) => !without.includes(func.name)),
  });
  const changed: Contract = { ...contract, exports: contract.exports.map(kept) };
  const bodies = changed.exports.map((one) =>
    one.id === CALLS ? calls(one) : one.functions.map((func) => echo(one.id, func)).join("\n"),
  );
  const main = wat(`(module
    ${WASI}
    (import "${HOST}" "double" (func $double (param i32) (result i32)))
    (import "${HOST}" "double-later" (func $double-later (param i32) (result i32)))
    (import "${HOST}" "broken" (func $broken (result i32)))
    ${MEMORY} ${TEXTS} ${HELPERS} ${bodies.join("\n")} ${start})`);
  return moduleComponent(withWasi(changed, INTERFACES), main);
}
