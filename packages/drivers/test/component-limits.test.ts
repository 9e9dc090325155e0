// What bounds a component: one tank for all of its modules, one cap for all memories, clocks, budgets, instance policies.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TenonError, contractFromResolve, resolveWit } from "@tenon/contract";
import { createComponentDriver } from "@tenon/drivers/component";
import type { ComponentArtifact } from "@tenon/drivers/component";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import type { Plugin, PluginEvent, PluginOptions } from "@tenon/host";
import { moduleComponent } from "@tenon/wasm/testing";
import { contract, guest, withSection } from "./wasm-guests.ts";
import type { Api, GuestParts, Host } from "./wasm-guests.ts";

const driver = createComponentDriver({
  worker: workerDriver,
  process: { stdio: stdioDriver, program: new URL("../../tenon/dist/child-sandbox.js", import.meta.url) },
});
/** Three core modules: one with stubs for the imports, the guest, and one that fills the stubs' table. */
const component = (parts?: GuestParts): Uint8Array => moduleComponent(contract, guest(parts));
const module = component();

/** A length whose bytes, which lie in the memory that is read, are text. */
const READABLE = 0x7070;

interface Open {
  readonly plugin: Plugin<Api>;
  readonly events: PluginEvent[];
}
type Options = Partial<Omit<PluginOptions<Host>, "artifact" | "boundary">> & Partial<ComponentArtifact>;

async function use(options: Options, run: (open: Open) => Promise<void>): Promise<void> {
  const { limits, imports, restart, ...artifact } = options;
  const events: PluginEvent[] = [];
  const host = createHost({ drivers: [driver], onEvent: (event) => events.push(event) });
  try {
    const plugin = await host.load(contract, {
      id: "guest",
      boundary: "component",
      artifact: { module, ...artifact },
      imports: imports ?? { host: { tick: (n) => n + 1 } },
      ...(limits !== undefined && { limits }),
      restart: { backoffMs: 1, ...restart },
    });
    await run({ plugin, events });
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
const limitOf = ({ code, details }: TenonError): unknown => [code, (details as { limit?: unknown } | undefined)?.limit];

for (const isolation of ["inline", "worker", "process"] as const) {
  test(`${isolation}: a loop in a call ends when the fuel does, and the next call finds a new instance`, () =>
    use({ isolation, fuel: 1_000_000 }, async ({ plugin }) => {
      assert.equal(await plugin.api.count(), 1);
      const error = await failure(plugin.api.spin());
      assert.deepEqual([error.code, error.details], ["resource-exhausted", { limit: "fuel", allowed: 1_000_000 }]);
      assert.equal(await plugin.api.count(), 1);
    }));

  test(`${isolation}: a loop in a start function ends with the fuel for it`, async () => {
    const start = component({ more: "(func $go (loop (br 0))) (start $go)" });
    const error = await refused({ isolation, module: start, startFuel: 1_000_000 });
    assert.deepEqual(limitOf(error), ["resource-exhausted", "fuel"]);
  });

  test(`${isolation}: memory grows to its cap, and then growing fails`, () =>
    use({ isolation, limits: { memoryMiB: 2 } }, async ({ plugin }) => {
      assert.equal(await plugin.api.grow(), 31);
    }));
}

test("a trap and a stack overflow cost only the instance", () =>
  use({}, async ({ plugin, events }) => {
    for (const call of [plugin.api.trap, plugin.api.recurse]) {
      assert.equal((await failure(call())).code, "plugin-trap");
      assert.equal(await plugin.api.count(), 1);
    }
    assert.deepEqual(
      events.filter(({ type }) => type === "crashed"),
      [],
    );
  }));

test("a component that starts with more memory or larger tables than it may have is refused", async () => {
  const large = await refused({ module: component({ more: "(table 100 funcref)" }), maxTableElements: 50 });
  assert.deepEqual(limitOf(large), ["resource-exhausted", "maxTableElements"]);
  assert.deepEqual(limitOf(await refused({ module: component({ memory: 40 }), limits: { memoryMiB: 1 } })), [
    "resource-exhausted",
    "maxMemoryPages",
  ]);
});

test("features are an allowlist for every module in it", async () => {
  const extended = component({ more: "(func (param i32) (result i32) (i32.extend8_s (local.get 0)))" });
  await use({ module: extended }, async ({ plugin }) => assert.equal(await plugin.api.add(1, 2), 3));
  const error = await refused({ module: extended, features: [] });
  assert.equal(error.code, "artifact-invalid");
  assert.match(error.message, /core module 1: the module uses sign-extension at byte/);
});

// The same on every version of Node: the charges are in the code.
test("a call takes the same ticks everywhere: 20 turns, 20 stubs and one entry", async () => {
  for (const [fuel, isEnough] of [
    [40, false],
    [41, true],
  ] as const) {
    await use({ fuel, startFuel: 1_000 }, async ({ plugin }) => {
      if (isEnough) assert.equal(await plugin.api.callbacks(20), 20);
      else assert.deepEqual(limitOf(await failure(plugin.api.callbacks(20))), ["resource-exhausted", "fuel"]);
      assert.equal(await plugin.api.add(40, 2), 42);
    });
  }
});

test("a loop without fuel is ended by the deadline in a worker, and is refused on the host's thread", async () => {
  assert.equal((await refused({ fuel: 0 })).code, "capability-unenforceable");
  await use({ fuel: 0, trusted: true }, async ({ plugin }) => assert.equal(await plugin.api.add(1, 2), 3));
  await use({ isolation: "worker", fuel: 0, limits: { cancelGraceMs: 20 } }, async ({ plugin, events }) => {
    assert.equal((await failure(plugin.api.spin({ deadlineMs: 50 }))).code, "deadline-exceeded");
    while (!events.some(({ type }) => type === "crashed")) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await plugin.api.add(1, 1, { deadlineMs: 20_000 }), 2);
  });
});

test("a guest that only calls the host is ended by its deadline", () =>
  use({}, async ({ plugin }) => {
    assert.equal((await failure(plugin.api.callbacks(2 ** 32 - 1, { deadlineMs: 30 }))).code, "deadline-exceeded");
    assert.equal(await plugin.api.count(), 1);
  }));

test("the time that host functions take has a limit of its own", () => {
  let workMs = 10;
  const tick = (n: number): number => {
    const until = performance.now() + workMs;
    while (performance.now() < until);
    return n + 1;
  };
  return use({ maxHostMs: 500, imports: { host: { tick } } }, async ({ plugin }) => {
    assert.deepEqual(limitOf(await failure(plugin.api.callbacks(1000))), ["resource-exhausted", "maxHostMs"]);
    workMs = 0;
    assert.equal(await plugin.api.callbacks(1), 1);
  });
});

test("what a call copies out of the guest is bounded, and the next call has it all again", () =>
  use({ limits: { maxMessageBytes: 1000 } }, async ({ plugin }) => {
    assert.deepEqual(limitOf(await failure(plugin.api.text(60_000))), ["resource-exhausted", "maxBytes"]);
    for (let call = 0; call < 20; call++) assert.equal((await plugin.api.text(100)).length, 100);
  }));

test("in a worker, host functions may answer later", () => {
  const tick = (n: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, 1, n + 1));
  const imports = { host: { tick: tick as unknown as (n: number) => number } };
  return use({ isolation: "worker", imports }, async ({ plugin }) => assert.equal(await plugin.api.callbacks(3), 3));
});

for (const isolation of ["inline", "worker"] as const) {
  test(`${isolation}: instances live as long as their policy says, and memory of a new one is fresh`, async () => {
    const counts = async (options: Options): Promise<number[]> => {
      const found: number[] = [];
      await use({ isolation, ...options }, async ({ plugin }) => {
        for (let call = 0; call < 5; call++) found.push(await plugin.api.count());
      });
      return found;
    };
    assert.deepEqual(await counts({}), [1, 2, 3, 4, 5]);
    assert.deepEqual(await counts({ recycleAfter: 2 }), [1, 2, 1, 2, 1]);
    assert.deepEqual(await counts({ instances: "per-call" }), [1, 1, 1, 1, 1]);
    assert.deepEqual(await counts({ instances: "pooled" }), [1, 1, 1, 1, 1]);
  });

  test(`${isolation}: a pooled instance has nothing of an earlier call's in its memory`, () =>
    use({ isolation, instances: "pooled" }, async ({ plugin }) => {
      const secret = "s3cret".repeat(50);
      for (let call = 0; call < 6; call++) {
        assert.equal((await plugin.api.text(READABLE)).includes("s3cret"), false);
        assert.equal(await plugin.api.echo(secret), secret);
      }
    }));
}

test("the long-lived control of the above: without a policy the secret stays in memory", () =>
  use({}, async ({ plugin }) => {
    await plugin.api.echo("s3cret");
    assert.ok((await plugin.api.text(READABLE)).includes("s3cret"));
  }));

test("an isolation that the driver does not have is refused when the plugin is registered", async () => {
  const host = createHost({ drivers: [createComponentDriver()] });
  const options = { id: "p", boundary: "component", artifact: { module, isolation: "worker" }, imports: { host: {} } };
  assert.throws(() => host.register(contract, options as never), { code: "capability-unenforceable" });
  await host.close();
});

test("a large component is planned, rewritten and compiled on a thread of its own, within the time that a start has", async () => {
  // First, while there is no thread yet: one that is there may be done before the clock is looked at.
  const other = withSection(component(), "padding", "y".repeat(4_000_000));
  assert.match((await refused({ module: other, limits: { startMs: 1 } })).message, /start-failed.*1 ms/);
  // As files are read. The bytes stay the caller's, so that it is there for the second plugin.
  const large = Buffer.from(withSection(component(), "padding", "x".repeat(4_000_000)));
  for (const isolation of ["inline", "worker"] as const)
    await use({ module: large, isolation }, async ({ plugin }) => assert.equal(await plugin.api.add(1, 2), 3));
  const broken = withSection(component({ more: "(func (result i32))" }), "padding", "x".repeat(600_000));
  assert.equal((await refused({ module: broken })).code, "artifact-invalid");
});

test("the code of a guest without fuel that is trusted is not read, unless features are named", async () => {
  const v128 = "(func (drop (i8x16.splat (i32.const 1))))";
  const large = withSection(component({ more: v128 }), "padding", "x".repeat(600_000));
  const free = { module: large, fuel: 0, trusted: true };
  await use(free, async ({ plugin }) => assert.equal(await plugin.api.add(1, 2), 3));
  const named = await refused({ ...free, features: ["reference-types", "bulk-memory", "multi-value"] });
  assert.equal((named.details as { feature: string }).feature, "simd");
});

test("large components are prepared one after the other and at once", async () => {
  const load = (letter: string): Promise<void> =>
    use({ module: withSection(component(), "padding", letter.repeat(600_000)) }, async ({ plugin }) =>
      assert.equal(await plugin.api.add(1, 2), 3),
    );
  await Promise.all(["a", "b", "b", "c"].map(load));
  for (const letter of ["d", "e", "d"]) await load(letter);
});

test("what an isolation cannot carry is refused when the plugin is registered", async () => {
  const things = contractFromResolve(
    resolveWit("package t:t; interface a { resource r; f: func() -> r; } world w { export a; }").resolve,
    0,
  );
  await using host = createHost({ drivers: [driver] });
  const register = (isolation: string): unknown =>
    host.register(things, { id: isolation, boundary: "component", artifact: { module, isolation } });
  assert.doesNotThrow(() => register("inline"));
  for (const isolation of ["worker", "process"])
    assert.throws(() => register(isolation), { code: "boundary-unsupported", message: /resources \(r\) do not cross/ });
  assert.throws(() => register("elsewhere"), { code: "capability-unenforceable", message: /inline, worker, process/ });
});

test("what cannot go to a thread is refused, and not left out", async () => {
  await using host = createHost({ drivers: [driver] });
  const artifact: ComponentArtifact = { module, isolation: "worker", imports: { "a:b/c": { f: () => 1 } } };
  const options = { id: "p", boundary: "component", artifact, imports: { host: { tick: (n: number) => n } } };
  assert.match((await failure(host.load(contract, options))).message, /config-invalid.*artifact\.imports/);
});
