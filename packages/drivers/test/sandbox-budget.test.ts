// The budget of a call, item by item, for core modules and components: each names itself, and the next call has it all again.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TenonError, contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { componentDriver } from "@tenon/drivers/component";
import type { ComponentArtifact } from "@tenon/drivers/component";
import { createWasmDriver } from "@tenon/drivers/wasm";
import type { WasmArtifact } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import { moduleComponent } from "@tenon/wasm/testing";
import { V, withWasi } from "./wasi-wit.ts";
import { assemble, withSection } from "./wasm-guests.ts";

interface Exports {
  readonly api: { readonly spend: (times: number) => Promise<number> };
}
const WIT = "package t:t@1.0.0; interface api { spend: func(times: u32) -> u32; } world w { export api; }";
const contractOf = (text: string): Contract => {
  const { resolve } = resolveWit(text);
  return contractFromResolve(
    resolve,
    resolve.worlds.findIndex(({ name }) => name === "w"),
  );
};
const contract = contractOf(WIT);

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tenon-budget-"));
  await writeFile(join(folder, "a"), "text");
});
after(() => rm(folder, { recursive: true, force: true }));

/** A core module whose `spend` does `body` so many times; the body leaves an i32, and what is not 0 ends it with that. */
const guest = (imports: string, body: string): Uint8Array =>
  withSection(
    assemble(`(module ${imports} (memory (export "memory") 2) (data (i32.const 512) "a")
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
      (func (export "t:t/api@1.0.0#spend") (param $times i32) (result i32) (local $answer i32)
        (block $done (loop $again (br_if $done (i32.eqz (local.get $times)))
          (local.set $times (i32.sub (local.get $times) (i32.const 1)))
          (br_if $again (i32.eqz (local.tee $answer ${body})))))
        (local.get $answer)))`),
    "tenon:contract",
    JSON.stringify({ package: "t:t", world: "w", version: "1.0.0", abi: 1 }),
  );

const RANDOM = guest(
  `(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))`,
  "(call $random (i32.const 0) (i32.const 10))",
);
const LOG = guest(
  `(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))`,
  `(block (result i32) (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 10))
    (memory.fill (i32.const 1024) (i32.const 120) (i32.const 9)) (i32.store8 (i32.const 1033) (i32.const 10))
    (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))`,
);
const FILES = guest(
  `(import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))`,
  `(call $open (i32.const 3) (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 0)
    (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16))`,
);
/** The same as a component, of a world that imports WASI 0.2 beside what the host's contract has. */
const RANDOM_COMPONENT = moduleComponent(
  contractOf(`package t:t@1.0.0;
    interface api { spend: func(times: u32) -> u32; } world w { import wasi:random/random@0.2.3; export api; }
    package wasi:random@0.2.3 { interface random { get-random-u64: func() -> u64; } }`),
  guest(
    `(import "wasi:random/random@0.2.3" "get-random-u64" (func $random (result i64)))`,
    "(i64.eq (call $random) (i64.const 0))",
  ),
);
/** The same through the one stream that it asks for, ten letters at a time. */
const LOG_COMPONENT = moduleComponent(
  withWasi(contract, ["cli/stderr", "io/streams"]),
  guest(
    `(import "wasi:cli/stderr@${V}" "get-stderr" (func $stderr (result i32)))
     (import "wasi:io/streams@${V}" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
     (global $stream (mut i32) (i32.const 0))`,
    `(block (result i32) (if (i32.eqz (global.get $stream)) (then (global.set $stream (call $stderr))))
      (call $write (global.get $stream) (i32.const 1024) (i32.const 10) (i32.const 16)) (i32.load8_u (i32.const 16)))`,
  ),
);

interface Open {
  readonly spend: Exports["api"]["spend"];
  /** So many lines, once they are there. */
  readonly printed: (lines: number) => Promise<string[]>;
}
async function open(
  artifact: WasmArtifact | ComponentArtifact,
  run: (open: Open) => Promise<void>,
  boundary = "wasm",
): Promise<void> {
  const logs: string[] = [];
  const grown = new EventEmitter();
  await using host = createHost({
    drivers: [createWasmDriver({ worker: workerDriver }), componentDriver],
    onLog: ({ text }) => grown.emit("line", logs.push(text)),
  });
  const { api } = (await host.load(contract, { id: "p", boundary, artifact })) as unknown as Exports;
  const printed = async (lines: number): Promise<string[]> => {
    while (logs.length < lines) await once(grown, "line");
    return logs;
  };
  await run({ spend: api.spend, printed });
}

async function exhausted(pending: Promise<unknown>): Promise<unknown> {
  const thrown: unknown = await pending.then(
    () => assert.fail("did not fail"),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof TenonError, String(thrown));
  assert.equal(thrown.code, "resource-exhausted", thrown.message);
  return thrown.details;
}

test("random bytes", () =>
  open({ module: RANDOM, budget: { maxRandomBytes: 100 } }, async ({ spend }) => {
    for (let call = 0; call < 3; call++) assert.equal(await spend(10), 0);
    assert.deepEqual(await exhausted(spend(11)), { limit: "maxRandomBytes", allowed: 100 });
    assert.equal(await spend(10), 0);
  }));

test("random bytes of a component", () =>
  open(
    { module: RANDOM_COMPONENT, budget: { maxRandomBytes: 80 } },
    async ({ spend }) => {
      for (let call = 0; call < 3; call++) assert.equal(await spend(10), 0);
      assert.deepEqual(await exhausted(spend(11)), { limit: "maxRandomBytes", allowed: 80 });
      assert.equal(await spend(10), 0);
    },
    "component",
  ));

for (const isolation of ["inline", "worker"] as const) {
  test(`log bytes, ${isolation}: what there is room for is printed, and the note says what is missing`, () =>
    open({ module: LOG, isolation, budget: { maxLogBytes: 35 } }, async ({ spend, printed }) => {
      assert.equal(await spend(3), 0);
      assert.deepEqual(await exhausted(spend(10)), { limit: "maxLogBytes", allowed: 35 });
      assert.equal(await spend(3), 0);
      const lengths = (await printed(11)).map((line) =>
        line.startsWith("(more than 35 bytes") ? "note" : line.length,
      );
      assert.deepEqual(lengths, [9, 9, 9, 9, 9, 9, 5, "note", 9, 9, 9]);
    }));
}

test("log bytes of a component, to stderr through a stream", () =>
  open(
    { module: LOG_COMPONENT, budget: { maxLogBytes: 35 } },
    async ({ spend }) => {
      for (let call = 0; call < 3; call++) assert.equal(await spend(3), 0);
      assert.deepEqual(await exhausted(spend(4)), { limit: "maxLogBytes", allowed: 35 });
      assert.equal(await spend(3), 0);
    },
    "component",
  ));

test("open files are held over calls, and the guest is told", () => {
  const artifact = { module: FILES, budget: { maxOpenFiles: 10 }, wasi: { folders: { "/": { path: folder } } } };
  // With the three streams and the folder there is room for six.
  return open(artifact, async ({ spend }) => {
    assert.equal(await spend(4), 0);
    assert.equal(await spend(2), 0);
    assert.equal(await spend(1), 33);
  });
});

test("WASI counts as time of the host, and ends with the deadline", () =>
  open({ module: RANDOM, maxHostMs: 5, budget: { maxRandomBytes: Infinity } }, async ({ spend }) => {
    assert.deepEqual(await exhausted(spend(2 ** 31)), { limit: "maxHostMs", allowed: 5 });
  }));

test("what is no number is refused before anything is loaded", () =>
  assert.rejects(
    open({ module: RANDOM, budget: { maxLogBytes: -1 } }, async () => {}),
    { code: "config-invalid", message: /artifact\.budget\.maxLogBytes is -1/ },
  ));
