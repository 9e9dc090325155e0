// The probe as a core module with WASI preview1, as a component with preview2, and as a script of Lua.
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { PROBE_WIT } from "@tenon/verify/capabilities";
import { moduleComponent } from "@tenon/wasm/testing";
import { assemble, withSection } from "./wasm-guests.ts";

const PROBE = "tenon:probe/probe@0.1.0";
const HOST = "tenon:probe/host@0.1.0";

interface Wasi {
  readonly imports: string;
  /** Bodies of the functions of the probe that ask WASI. */
  readonly readFile: string;
  readonly readEnv: string;
  /** Nanoseconds; an i64. */
  readonly now: string;
  readonly readRandom: string;
  readonly print: string;
}

/** The first folder that a guest is given is descriptor 3. Addresses below 1024 are scratch. */
const PREVIEW1: Wasi = {
  imports: `
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))`,
  readFile: `(select (i32.const 0) (i32.const 2) (call $open (i32.const 3) (i32.const 1) (local.get 0) (local.get 1)
    (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))`,
  readEnv: `(drop (call $environ (i32.const 16) (i32.const 20))) (select (i32.const 2) (i32.const 0) (i32.load (i32.const 16)))`,
  now: `(drop (call $clock (i32.const 1) (i64.const 1) (i32.const 16))) (i64.load (i32.const 16))`,
  readRandom: `(drop (call $random (i32.const 16) (i32.const 8))) (i64.load (i32.const 16))`,
  print: `(i32.store (i32.const 32) (i32.const 100)) (i32.store (i32.const 36) (i32.const 80))
    (loop (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))`,
};

const PREVIEW2: Wasi = {
  imports: `
    (import "wasi:cli/environment@0.2.3" "get-environment" (func $environ (param i32)))
    (import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $clock (result i64)))
    (import "wasi:random/random@0.2.3" "get-random-u64" (func $random (result i64)))`,
  readFile: "(i32.const 0)",
  readEnv: "(call $environ (i32.const 16)) (select (i32.const 2) (i32.const 0) (i32.load (i32.const 20)))",
  now: "(call $clock)",
  readRandom: "(call $random)",
  print: "",
};

function probe({ imports, readFile, readEnv, now, readRandom, print }: Wasi): Uint8Array {
  return assemble(`(module
    (import "${HOST}" "listed" (func $listed (result i32)))
    (import "${HOST}" "unlisted" (func $unlisted (result i32)))
    ${imports}
    (memory (export "memory") 2)
    (data (i32.const 100) "${"x".repeat(79)}\\n")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
    (func (export "${PROBE}#read-file") (param i32 i32) (result i32) ${readFile})
    (func (export "${PROBE}#connect") (param i32) (result i32) (i32.const 0))
    (func (export "${PROBE}#read-env") (param i32 i32) (result i32) ${readEnv})
    (func $now (result i64) ${now})
    (func $next (result i64) (local i64)
      (local.set 0 (call $now))
      (loop (br_if 0 (i64.eq (local.get 0) (call $now))))
      (call $now))
    (func (export "${PROBE}#read-clock") (result i32) (local i64)
      (local.set 0 (call $next))
      (select (i32.const 2) (i32.const 0) (i64.lt_u (i64.sub (call $next) (local.get 0)) (i64.const 500000))))
    (func (export "${PROBE}#spawn") (result i32) (i32.const 0))
    (func (export "${PROBE}#call-listed") (result i32) (call $listed))
    (func (export "${PROBE}#call-unlisted") (result i32) (call $unlisted))
    (func (export "${PROBE}#allocate") (param i32 i32) (result i32)
      (select (i32.const 0) (i32.const 2)
        (i32.eq (memory.grow (i32.mul (local.get 0) (i32.const 16))) (i32.const -1))))
    (func (export "${PROBE}#read-random") (result i64) ${readRandom})
    (func (export "${PROBE}#print") (param i32) ${print})
    (func (export "${PROBE}#spin") (loop (br 0))))`);
}

export function probeModule(): Uint8Array {
  const section = { package: "tenon:probe", world: "plugin", version: "0.1.0", abi: 1 };
  return withSection(probe(PREVIEW1), "tenon:contract", JSON.stringify(section));
}

/** Without files, sockets and streams: those are resources, which the encoder of the tests does not have. */
export function probeComponent(): Uint8Array {
  const packages = `
    package wasi:cli@0.2.3 { interface environment { get-environment: func() -> list<tuple<string, string>>; } }
    package wasi:clocks@0.2.3 { interface monotonic-clock { now: func() -> u64; } }
    package wasi:random@0.2.3 { interface random { get-random-u64: func() -> u64; } }`;
  const imports = ["wasi:cli/environment", "wasi:clocks/monotonic-clock", "wasi:random/random"].map(
    (id) => `import ${id}@0.2.3;`,
  );
  const { resolve } = resolveWit(PROBE_WIT.replace("world plugin {", `world plugin { ${imports.join(" ")}`) + packages);
  const world = resolve.worlds.findIndex(({ name }) => name === "plugin");
  return moduleComponent(contractFromResolve(resolve, world), probe(PREVIEW2));
}

/** Tries what a script would: the library functions, and what could bring them back. */
export const PROBE_SCRIPT = `
local function reached(f) local ok, value = pcall(f); return ok and value and 2 or 0 end
local function steps()
  local function next() local from = os.clock(); local now; repeat now = os.clock() until now ~= from; return now end
  local from = next()
  return next() - from < 0.0005
end
local held = {}
return { probe = {
  read_file = function(path)
    return math.max(
      reached(function() return io.open(path) end),
      reached(function() return dofile(path) end),
      reached(function() return loadfile(path) end),
      reached(function() return require(path) end),
      reached(function() return package.searchpath(path, "?") end))
  end,
  connect = function(port) return reached(function() return require("socket").connect("127.0.0.1", port) end) end,
  read_env = function(name) return reached(function() return os.getenv(name) end) end,
  read_clock = function() return reached(steps) end,
  spawn = function() return math.max(reached(function() return os.execute("true") end), reached(function() return io.popen("true") end)) end,
  call_listed = function() return host.listed() end,
  call_unlisted = function() return host.unlisted() end,
  allocate = function(mebibytes) 
    for i = 1, mebibytes do held[i] = string.rep(string.char(i % 256), 1048576) end
    return 2
  end,
  read_random = function() return math.random(0) end,
  print = function(lines) for _ = 1, lines do print(string.rep("x", 79)) end end,
  spin = function() while true do end end,
} }
`;
