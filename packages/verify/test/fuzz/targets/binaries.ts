// Decoders of binaries, and what guests pass by pointer: core modules, the rewriter, components, preview1.
import assert from "node:assert/strict";
import { arbitraryValue } from "@tenon/abi/testing";
import type { Random } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import { inputFrom, memoryDirectory } from "@tenon/wasi";
import {
  compileModulesSync,
  componentContract,
  decodeCoreModule,
  engine,
  instantiate,
  planComponent,
  planFromText,
  planToText,
} from "@tenon/wasm";
import type { HostImport, LinkedComponent, LinkPlan } from "@tenon/wasm";
import { ADDED_EXPORTS, FEATURES, FuelGauge, rewriteModule } from "@tenon/wasm/limits";
import type { FuzzTarget } from "@tenon/verify/fuzz";
import { benchComponent } from "../../../../wasm/test/bench-component.ts";
import { assemble, IMPORTS, SAMPLES } from "../../../../wasm/test/limits-corpus.ts";
import { Caller, WIDE_ARGUMENTS } from "../../../../wasi/test/preview1-caller.ts";
import { asyncComponent, handleComponent, resourceComponent } from "../components.ts";

const MODULE_HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const COMPONENT_HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

export const coreModule: FuzzTarget = {
  name: "core-module",
  isSized: true,
  codes: ["artifact-invalid", "resource-exhausted"],
  inputs: () => SAMPLES.map(({ bytes }) => bytes),
  run: (input) => decodeCoreModule(input),
};

/** Memories have a maximum, so that the module as it came can run as well. */
const BEHAVES = assemble(`(module (import "e" "f" (func $f (param i64) (result i64)))
  (memory (export "m") 1 2) (global $g (export "g") (mut i32) (i32.const 1)) (table 4 8 funcref) (elem (i32.const 0) $a $b)
  (func $a (export "a") (param i32) (result i32) (local i32)
    (loop (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1))))) (local.get 1))
  (func $b (export "b") (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 77)) (global.set $g (i32.load (local.get 0))) (memory.grow (i32.const 1)))
  (func (export "c") (param i32) (result i32)
    (block (block (br_table 0 1 (local.get 0))) (return (call_indirect (param i32) (result i32) (i32.const 9) (local.get 0))))
    (if (result i32) (local.get 0) (then (i32.div_s (i32.const 9) (local.get 0))) (else (unreachable))))
  (func (export "d") (param i64 f32) (result f64)
    (f64.add (f64.convert_i64_s (call $f (local.get 0))) (f64.promote_f32 (local.get 1)))))`);

const RUN_FUEL = 20_000;
const MAX_RUN_PAGES = 16;
const MAX_CALLS = 8;
const ARGS = [0, 1, 7];

export const rewriter: FuzzTarget = {
  name: "rewriter",
  isSized: true,
  codes: ["artifact-invalid", "resource-exhausted", "capability-denied"],
  inputs: () => [BEHAVES, BEHAVES, ...SAMPLES.map(({ bytes }) => bytes)],
  words: [
    "\x03\x40",
    "\x02\x40",
    "\x0b",
    "\x0c\x00",
    "\x0d\x00",
    "\x10\x00",
    "\x40\x00",
    "\x41\x00",
    "\x1a",
    "\x0f",
    "\x00",
  ],
  run: (input) => {
    const wasValid = engine.validate(input);
    const all = { features: FEATURES, maxMemoryPages: 65_536, maxTableElements: 2 ** 32, startFuel: RUN_FUEL };
    for (const fuel of ["loop", "block", undefined] as const) {
      let made: ReturnType<typeof rewriteModule>;
      try {
        made = rewriteModule(input, { ...all, fuel });
      } catch (thrown) {
        assert.ok(!wasValid, `a valid module was refused: ${String(thrown)}`);
        throw thrown;
      }
      assert.equal(engine.validate(made.bytes), wasValid, "validity changed");
      if (!wasValid || fuel === undefined) continue;
      const canRun = made.report.memories.every(({ max }) => max <= MAX_RUN_PAGES) && !made.report.hasStart;
      if (canRun) compareRuns(input, made.bytes);
    }
    return wasValid;
  },
};

/** Calls every function with the same arguments, the metered one first: what it ends cannot run without fuel. */
function compareRuns(original: Uint8Array, metered: Uint8Array): void {
  const measured = trace(metered, true);
  if (measured !== undefined) assert.deepEqual(trace(original, false), measured, "it behaves differently");
}

/** Results, traps, globals and memory after each call; undefined where it cannot be told or would not end. */
function trace(bytes: Uint8Array, isMetered: boolean): unknown[] | undefined {
  const module = new engine.Module(bytes);
  let exports: Readonly<Record<string, unknown>>;
  try {
    ({ exports } = new engine.Instance(module, IMPORTS));
  } catch {
    // Of imports that are not there, or segments that do not fit.
    return undefined;
  }
  const gauge = isMetered ? new FuelGauge(exports) : undefined;
  const seen: unknown[] = [];
  const added = new Set<string>(Object.values(ADDED_EXPORTS));
  const functions = Object.entries(exports).filter(([name, value]) => typeof value === "function" && !added.has(name));
  for (const [name, call] of functions.slice(0, MAX_CALLS)) {
    for (const arg of ARGS) {
      gauge?.fill(RUN_FUEL);
      const outcome = outcomeOf(call as (...args: unknown[]) => unknown, arg);
      if (gauge?.isDry === true || outcome === undefined) return undefined;
      seen.push([name, arg, outcome, stateOf(exports, added)]);
    }
  }
  return seen;
}

function outcomeOf(call: (...args: unknown[]) => unknown, arg: number): unknown {
  try {
    return ["value", call(arg, arg, arg)];
  } catch (thrown) {
    // Where the stack ends depends on the size of frames, and metering makes them larger.
    if (thrown instanceof RangeError) return undefined;
    // An i64 that was given a number; another form of argument then.
    if (thrown instanceof TypeError) return bigOutcomeOf(call, arg);
    return ["trap", (thrown as Error).message];
  }
}

function bigOutcomeOf(call: (...args: unknown[]) => unknown, arg: number): unknown {
  try {
    return ["value", call(BigInt(arg), arg, arg)];
  } catch (thrown) {
    return thrown instanceof RangeError ? undefined : ["thrown", (thrown as Error).message];
  }
}

function stateOf(exports: Readonly<Record<string, unknown>>, added: ReadonlySet<string>): unknown[] {
  return Object.entries(exports).flatMap(([name, value]) => {
    if (added.has(name) || typeof value !== "object" || value === null) return [];
    if ("buffer" in value) return [[name, checksum(new Uint8Array((value as { buffer: ArrayBuffer }).buffer))]];
    try {
      return "value" in value ? [[name, value.value]] : [];
    } catch {
      // Vectors cannot be read from JavaScript.
      return [];
    }
  });
}

function checksum(bytes: Uint8Array): string {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum = (Math.imul(sum, 31) + bytes[at]!) | 0;
  return `${bytes.length}:${sum}`;
}

/** Calls every function once with values of its types. What it throws is the target's; what it rejects with is looked at. */
function callAll(plan: LinkPlan, linked: LinkedComponent, random: Random): void {
  for (const { id, functions } of plan.world.exports) {
    for (const { name, params } of functions) {
      const types = params.map(({ type }) => type);
      if (/"kind":"(own|borrow|stream|future)"/.test(JSON.stringify(types))) continue;
      const answer = linked.func(id, name)?.(...types.map((type) => arbitraryValue(type, random, { maxLength: 3 })));
      if (!(answer instanceof Promise)) continue;
      // Not caught on purpose: a rejection with anything else ends the run with its stack.
      void answer.catch((thrown: unknown) => {
        if (!(thrown instanceof TenonError) || thrown.code === "internal") throw thrown;
      });
    }
  }
}

/** Takes whatever is imported: functions that return what was asked for least, at once or later, and resources. */
function stubs({ world }: LinkPlan): Map<string, HostImport> {
  return new Map(
    world.imports.flatMap(({ id, functions, resources }) => {
      const members: [string, HostImport][] = [
        ...functions.map(({ name, isAsync }): [string, HostImport] => [name, isAsync ? async () => 0 : () => 0]),
        ...resources.map((name): [string, HostImport] => [name, { resource: {} }]),
      ];
      if (id === "") return members;
      const owner = Object.assign(Object.create(null) as object, Object.fromEntries(members)) as HostImport;
      return [[id, owner] as [string, HostImport]];
    }),
  );
}

export const component: FuzzTarget = {
  name: "component",
  isSized: true,
  codes: [
    "artifact-invalid",
    "resource-exhausted",
    // Of the linker.
    "function-missing",
    "config-invalid",
    "plugin-trap",
    "boundary-unsupported",
    "capability-denied",
    // Of the calls.
    "host-function-failed",
    "handle-invalid",
  ],
  inputs: () => [
    benchComponent(),
    ...[resourceComponent(), handleComponent(), asyncComponent()],
    Uint8Array.from(COMPONENT_HEADER),
  ],
  words: [
    "\x01\x50\x00",
    "\x0a\x00\x00",
    "\x03\x02\x00\x00",
    "\x07\x01\x40",
    "memory",
    "cabi_realloc",
    String.fromCharCode(...MODULE_HEADER),
  ],
  maxBytes: 8192,
  baseBytes: 8 * 1024 * 1024,
  run: (input, random) => {
    const plan = planComponent(input);
    const again = planFromText(planToText(plan));
    assert.ok(again !== undefined && planToText(again) === planToText(plan), "a plan that is kept is not the same");
    componentContract(plan);
    const modules = compileModulesSync(plan, input, {
      rewrite: (bytes) => rewriteModule(bytes, { fuel: "loop", startFuel: RUN_FUEL, maxMemoryPages: 64 }).bytes,
    });
    const linked = instantiate(plan, modules, stubs(plan), { limits: { maxBytes: 65_536 } });
    callAll(plan, linked, random);
    return [plan, linked.exports.size];
  },
};

const WASI_OPTIONS = {
  args: ["guest", "one"],
  env: { A: "b" },
  stdin: inputFrom("input"),
  mounts: { "/": memoryDirectory({ files: { "a/b": "text", f: "file" }, maxBytes: 200_000 }) },
  limits: { maxBlockMs: 0, maxOpenFiles: 20, maxRandomBytes: 1_000_000 },
};
const NAMES = Object.keys(new Caller(WASI_OPTIONS).wasi.imports.wasi_snapshot_preview1);
const MAX_ERRNO = 76;
const RECORD = 24;

/** An input is a row of calls of 24 bytes, which are the guest's memory as well: pointers point at other pointers. */
export const preview1: FuzzTarget = {
  name: "wasi-preview1",
  codes: ["plugin-crashed", "resource-exhausted", "deadline-exceeded", "session-closed"],
  inputs: () =>
    NAMES.map((_, index) =>
      Uint8Array.from([
        ...[index, 0, 3, 8, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ...[0x61, 0x2f, 0x62, 0, 0, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ]),
    ),
  words: ["a/b", "f", "..", "/", "\0", "a/../f"],
  maxBytes: 1024,
  // Its memory, and what files may hold.
  baseBytes: 8 * 1024 * 1024,
  run: (input) => {
    const caller = new Caller({
      ...WASI_OPTIONS,
      mounts: { "/": memoryDirectory({ files: { "a/b": "text", f: "file" }, maxBytes: 200_000 }) },
    });
    const functions = caller.wasi.imports.wasi_snapshot_preview1;
    try {
      new Uint8Array(caller.memory.buffer).set(input);
      for (let at = 0; at < input.length; at += RECORD) {
        const call = input.subarray(at, at + RECORD);
        const name = NAMES[(call[0] ?? 0) % NAMES.length]!;
        const result = caller.wasi.run(() => callWith(name, functions[name]!, call));
        assert.ok(Number.isInteger(result) && result >= 0 && result <= MAX_ERRNO, `${name} returned ${result}`);
      }
    } finally {
      caller.wasi.close();
    }
    return undefined;
  },
};

/** Small numbers as they are, others wide. */
function callWith(name: string, func: (...args: (number | bigint)[]) => number, call: Uint8Array): number {
  const wide = WIDE_ARGUMENTS.get(name) ?? [];
  const args = Array.from({ length: 9 }, (_, index) => {
    const byte = call[2 + index] ?? 0;
    const value = byte < 0xe0 ? byte : byte < 0xf0 ? byte * 599 : [-1, -8, 2 ** 31 - 1, -(2 ** 31)][byte % 4]!;
    if (!wide.includes(index)) return value;
    return byte & 1 ? BigInt(value) : [1n << 32n, (1n << 53n) + 1n, 1n << 62n, -(1n << 63n)][byte % 4]!;
  });
  return func(...args);
}
