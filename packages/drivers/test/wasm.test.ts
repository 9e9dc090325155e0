// Core modules behind the `wasm` boundary: calls, limits, instances, and modules that do not fit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";
import { createWasmDriver } from "@tenon/drivers/wasm";
import type { WasmArtifact } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import type { LogEntry, Plugin, PluginEvent, PluginOptions } from "@tenon/host";
import { contract, guest, SECTION, withSection } from "./wasm-guests.ts";
import type { Api, Host } from "./wasm-guests.ts";

interface Open {
  readonly plugin: Plugin<Api>;
  readonly logs: LogEntry[];
  readonly events: PluginEvent[];
}
type Options = Partial<Omit<PluginOptions<Host>, "artifact">> & Partial<WasmArtifact>;

const drivers = [createWasmDriver({ worker: workerDriver })];
const module = guest();

async function use(options: Options, run: (open: Open) => Promise<void>): Promise<void> {
  const { limits, imports, restart, ...artifact } = options;
  const logs: LogEntry[] = [];
  const events: PluginEvent[] = [];
  const host = createHost({ drivers, onLog: (entry) => logs.push(entry), onEvent: (event) => events.push(event) });
  try {
    const plugin = await host.load(contract, {
      id: "guest",
      boundary: "wasm",
      artifact: { module, ...artifact },
      imports: imports ?? { host: { tick: (n) => n + 1 } },
      ...(limits !== undefined && { limits }),
      restart: { backoffMs: 1, ...restart },
    });
    await run({ plugin, logs, events });
  } finally {
    await host.close();
  }
}

async function failure(pending: Promise<unknown>): Promise<TenonError> {
  try {
    await pending;
  } catch (error) {
    assert.ok(error instanceof TenonError, String(error));
    return error;
  }
  assert.fail("did not fail");
}

const refused = (options: Options): Promise<TenonError> => failure(use(options, async () => {}));

for (const isolation of ["inline", "worker"] as const) {
  test(`${isolation}: values, callbacks and synchronous calls`, () =>
    use({ isolation }, async ({ plugin }) => {
      assert.equal(await plugin.api.add(2, 3), 5);
      assert.equal(await plugin.api.echo("h\u00e9llo \u{1f9ea}"), "h\u00e9llo \u{1f9ea}");
      assert.equal(await plugin.api.callbacks(100), 100);
      assert.equal(plugin.sync.api.add(2 ** 32 - 1, 1), 0);
      assert.equal(plugin.sync.api.callbacks(3), 3);
      assert.equal((await failure(plugin.api.add(-1, 0))).code, "value-invalid");
    }));

  test(`${isolation}: a loop ends when its fuel does, and the next call finds a new instance`, () =>
    use({ isolation, fuel: 1_000_000 }, async ({ plugin }) => {
      assert.equal(await plugin.api.count(), 1);
      const error = await failure(plugin.api.spin());
      assert.deepEqual([error.code, error.details], ["resource-exhausted", { limit: "fuel", allowed: 1_000_000 }]);
      assert.equal(error.call, "api.spin");
      assert.equal(await plugin.api.count(), 1);
    }));

  test(`${isolation}: a trap and a stack overflow are plugin-trap and cost only the instance`, () =>
    use({ isolation }, async ({ plugin }) => {
      for (const call of [plugin.api.trap, plugin.api.recurse]) {
        assert.equal((await failure(call())).code, "plugin-trap");
        assert.equal(await plugin.api.count(), 1);
      }
    }));

  test(`${isolation}: memory ends at limits.memoryMiB`, () =>
    use({ isolation, limits: { memoryMiB: 2 } }, async ({ plugin }) => {
      assert.equal(await plugin.api.grow(), 2 * 16 - 1);
    }));

  test(`${isolation}: a start function that loops is a failed start`, async () => {
    const loops = guest({ more: "(func $start (loop (br 0))) (start $start)" });
    assert.equal((await refused({ isolation, module: loops, startFuel: 1000 })).code, "resource-exhausted");
    const initialize = guest({ more: `(func (export "_initialize") (loop (br 0)))` });
    assert.equal((await refused({ isolation, module: initialize, startFuel: 1000 })).code, "resource-exhausted");
  });
}

test("a call within a call has what the outer one has left, and the next call has it all again", async () => {
  let inner: (() => number) | undefined;
  const tick = (n: number): number => (inner?.(), n + 1);
  await use({ fuel: 500, imports: { host: { tick } } }, async ({ plugin }) => {
    const { api } = plugin.sync;
    const ends = (count: number): unknown => {
      try {
        return api.callbacks(count);
      } catch (thrown) {
        return (thrown as TenonError).code;
      }
    };
    assert.equal(ends(300), 300);
    inner = () => api.add(1, 2);
    for (let call = 0; call < 3; call++) {
      assert.equal(ends(200), 200);
      // Each turn is a tick of the outer call and one of the inner: 300 of either are too many.
      assert.equal(ends(300), "resource-exhausted");
    }
  });
});

test("a worker's loop ends with its deadline, without any fuel", () =>
  use({ isolation: "worker", fuel: 0, limits: { cancelGraceMs: 20 } }, async ({ plugin, events }) => {
    assert.equal((await failure(plugin.api.spin({ deadlineMs: 50 }))).code, "deadline-exceeded");
    while (!events.some(({ type }) => type === "crashed")) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await plugin.api.add(1, 1, { deadlineMs: 20_000 }), 2);
  }));

test("in a worker, host functions may answer later", () => {
  const tick = (n: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, 1, n + 1));
  const imports = { host: { tick: tick as unknown as (n: number) => number } };
  return use({ isolation: "worker", imports }, async ({ plugin }) => {
    assert.equal(await plugin.api.callbacks(3), 3);
  });
});

test("a guest that only calls the host is ended by its deadline", () =>
  use({}, async ({ plugin }) => {
    assert.equal((await failure(plugin.api.callbacks(2 ** 32 - 1, { deadlineMs: 30 }))).code, "deadline-exceeded");
    assert.equal(await plugin.api.count(), 1);
  }));

test("the time that host functions take has a limit of its own", () => {
  const tick = (n: number): number => {
    const until = performance.now() + 3;
    while (performance.now() < until);
    return n + 1;
  };
  return use({ maxHostMs: 10, imports: { host: { tick } } }, async ({ plugin }) => {
    const error = await failure(plugin.api.callbacks(1000));
    assert.deepEqual([error.code, (error.details as { limit: string }).limit], ["resource-exhausted", "maxHostMs"]);
  });
});

test("wherever a call runs dry, the next one is not touched by it", async () => {
  for (let fuel = 1; fuel <= 40; fuel++) {
    await use({ fuel, startFuel: 1000 }, async ({ plugin }) => {
      // 20 turns of a loop and one entry.
      if (fuel < 21) assert.equal((await failure(plugin.api.callbacks(20))).code, "resource-exhausted");
      else assert.equal(await plugin.api.callbacks(20), 20);
      assert.equal(await plugin.api.count(), 1);
      // Allocator, function and post-return: one tick each.
      if (fuel < 3) assert.equal((await failure(plugin.api.echo("x"))).code, "resource-exhausted");
      else assert.equal(await plugin.api.echo("x".repeat(500)), "x".repeat(500));
      assert.equal(await plugin.api.add(40, 2), 42);
    });
  }
});

test("host and plugin cannot call each other without end", () => {
  const opened: Plugin<Api>[] = [];
  const imports = { host: { tick: (n: number) => opened[0]!.sync.api.callbacks(n + 1) } };
  return use({ imports }, async ({ plugin }) => {
    opened.push(plugin);
    const error = await failure(plugin.api.callbacks(1));
    assert.match(error.message, /64 times deep/);
    assert.equal(await plugin.api.count(), 1);
  });
});

test("a string that is longer than the memory, or than the budget, is refused before it is made", () =>
  use({ limits: { maxMessageBytes: 1000 } }, async ({ plugin }) => {
    assert.equal((await failure(plugin.api.text(2 ** 31))).code, "plugin-trap");
    assert.equal((await failure(plugin.api.text(60_000))).code, "resource-exhausted");
    assert.equal((await plugin.api.text(100)).length, 100);
  }));

test("instances live as long as their policy says", async () => {
  const counts = async (options: Options): Promise<number[]> => {
    const found: number[] = [];
    await use(options, async ({ plugin }) => {
      for (let call = 0; call < 5; call++) found.push(await plugin.api.count());
    });
    return found;
  };
  assert.deepEqual(await counts({}), [1, 2, 3, 4, 5]);
  assert.deepEqual(await counts({ recycleAfter: 2 }), [1, 2, 1, 2, 1]);
  assert.deepEqual(await counts({ instances: "per-call" }), [1, 1, 1, 1, 1]);
  assert.deepEqual(await counts({ instances: "pooled" }), [1, 1, 1, 1, 1]);
});

test("without fuel a guest runs on the host's thread only by trust", async () => {
  assert.equal((await refused({ fuel: 0 })).code, "capability-unenforceable");
  await use({ fuel: 0, trusted: true }, async ({ plugin }) => assert.equal(await plugin.api.add(1, 2), 3));
});

test("a module must say which contract it was built for", async () => {
  const error = await refused({ module: guest({ section: { ...SECTION, version: "2.0.0" } }) });
  assert.equal(error.code, "contract-mismatch");
  assert.match(error.what, /test:wasm\/plugin@2\.0\.0.*test:wasm\/plugin@1\.0\.0/);
  assert.equal(
    (await refused({ module: guest({ section: { ...SECTION, digest: "abi:sha256:00" } }) })).code,
    "contract-mismatch",
  );
  assert.match((await refused({ module: guest({ section: { ...SECTION, abi: 2 } }) })).message, /abi 2/);
  const bare = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  assert.match((await refused({ module: bare })).message, /no custom section `tenon:contract`/);
  assert.equal((await refused({ module: withSection(bare, "tenon:contract", "{") })).code, "artifact-invalid");
});

test("a module that does not fit its contract is refused with the names", async () => {
  const missing = await refused({ module: guest({ without: "count" }) });
  assert.equal(missing.code, "function-missing");
  assert.match(missing.message, /api\.count.*`test:wasm\/api@1\.0\.0#count`/);
  const foreign = await refused({ module: guest({ imports: `(import "env" "system" (func (param i32)))` }) });
  assert.equal(foreign.code, "capability-denied");
  assert.match(foreign.message, /env::system/);
  const more = `(func (export "test:wasm/api@1.0.0#add") (param i64 i32) (result i32) (i32.const 0))`;
  const wrong = await refused({ module: guest({ without: "add", more }) });
  assert.match(wrong.message, /#add` is \(i64 i32\) -> \(i32\), and has to be \(i32 i32\) -> \(i32\)/);
});

test("what is no module is refused, and a file that is missing is named", async () => {
  const cut = await refused({ module: module.subarray(0, 60) });
  assert.equal(cut.code, "artifact-invalid");
  assert.equal(typeof (cut.details as { offset: number }).offset, "number");
  assert.equal((await refused({ module: "/no/such/file.wasm" })).code, "file-missing");
  assert.equal((await refused({ module: guest({ more: "(func (result i32))" }) })).code, "artifact-invalid");
});

test("a large module is compiled on a thread of its own, and shared by all who load it", async () => {
  const large = guest({ more: `(data (i32.const 2048) "${"x".repeat(600_000)}")` });
  // Its memory is too small for that much data, which only its start can tell.
  assert.equal((await refused({ module: large })).code, "start-failed");
  const names = (name: string): Uint8Array => withSection(guest(), name, "x".repeat(600_000));
  await use({ module: names("padding") }, async ({ plugin }) => assert.equal(await plugin.api.add(1, 2), 3));
  const bad = withSection(guest({ more: "(func (result i32))" }), "padding", "x".repeat(600_000));
  assert.equal((await refused({ module: bad })).code, "artifact-invalid");
});

test("large modules that differ in a single byte are told apart wherever it is, by hosts that load them in a row", async () => {
  const plain = guest();
  // local.get 0, local.get 1, the instruction, end.
  const at = Buffer.from(plain).indexOf(Buffer.from([0x20, 0, 0x20, 1, 0x6a, 0x0b])) + 4;
  const subtracting = plain.slice();
  subtracting[at] = 0x6b;
  for (const before of [303_000, 306_000]) {
    // The header, a custom section, everything else, and another one.
    const around = (bytes: Uint8Array): Uint8Array => {
      const header = withSection(bytes.subarray(0, 8), "before", "x".repeat(before));
      return withSection(Uint8Array.from([...header, ...bytes.subarray(8)]), "after", "x".repeat(300_000));
    };
    const answer = (bytes: Uint8Array): Promise<void> =>
      use({ module: around(bytes) }, async ({ plugin }) =>
        assert.equal(await plugin.api.add(5, 2), bytes === plain ? 7 : 3),
      );
    await Promise.all([answer(plain), answer(subtracting)]);
    await answer(plain);
  }
});

const WASI = `(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`;
const PRINTS = `(data (i32.const 512) "printed at start\\n")
  (func (export "_initialize") (i32.store (i32.const 496) (i32.const 512)) (i32.store (i32.const 500) (i32.const 17))
    (drop (call $write (i32.const 1) (i32.const 496) (i32.const 1) (i32.const 504))))
  (func (export "test:wasm/api@1.0.0#trap") (call $exit (i32.const 7)))`;

for (const isolation of ["inline", "worker"] as const) {
  test(`${isolation}: a WASI reactor prints to the log, and its exit ends the instance, not the process`, () =>
    use(
      { isolation, module: guest({ imports: WASI, more: PRINTS, without: "trap" }) },
      async ({ plugin, logs, events }) => {
        assert.equal(await plugin.api.add(1, 2), 3);
        assert.equal((await failure(plugin.api.trap())).code, "plugin-crashed");
        assert.equal(await plugin.api.add(1, 2, { deadlineMs: 20_000 }), 3);
        assert.ok(logs.some(({ text, stream }) => text === "printed at start" && stream === "stdout"));
        assert.equal(events.filter(({ type }) => type === "crashed").length, 1);
      },
    ));
}
