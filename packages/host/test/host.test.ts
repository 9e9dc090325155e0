// The host core over a real module in the same graph: calls, errors, deadlines, cancellation, laziness, closing.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { TenonError, type Contract, type ContractFunction } from "@tenon/contract";
import { createHost, type Interceptor, type PluginEvent } from "@tenon/host";
import { importDriver } from "@tenon/drivers/import";

interface Exports {
  readonly work: {
    add(a: number, b: number): number;
    later(ms: number): number;
    fail(): number;
    twice(n: number): number;
  };
}
interface Imports {
  readonly host: { double(n: number): number };
}
const u32 = { kind: "u32" } as const;
const func = (name: string, ...params: string[]): ContractFunction => ({
  name,
  kind: "freestanding",
  isAsync: false,
  params: params.map((label) => ({ name: label, type: u32 })),
  result: u32,
});
const contract: Contract<Exports, Imports> = {
  id: "test:host/plugin@1.0.0",
  exports: [
    {
      id: "test:host/work@1.0.0",
      key: "work",
      resources: [],
      digest: "i:1",
      functions: [func("add", "a", "b"), func("later", "ms"), func("fail"), func("twice", "n")],
    },
  ],
  imports: [
    { id: "test:host/host@1.0.0", key: "host", resources: [], digest: "i:2", functions: [func("double", "n")] },
  ],
  digest: "abi:test",
};
const module = (host: { host: { double(n: number): number } }) => ({
  work: {
    add: (a: number, b: number) => a + b,
    later: async (ms: number) => {
      await sleep(ms);
      return ms;
    },
    fail: () => {
      throw new RangeError("broken inside");
    },
    twice: (n: number) => host.host.double(n),
  },
});
const imports = { host: { double: (n: number) => n * 2 } };
const options = { id: "p", boundary: "import", artifact: { module }, imports } as const;
const withCode =
  (code: string, text?: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof TenonError, String(error));
    assert.equal(error.code, code, error.message);
    if (text !== undefined) assert.match(error.message, text);
    return true;
  };

test("a plugin is called by interface and function, synchronously the function is the plugin's own", async () => {
  const own = module(imports);
  await using host = createHost({ drivers: [importDriver] });
  const plugin = await host.load(contract, { ...options, artifact: { module: own } });
  assert.equal(await plugin.work.add(2, 3), 5);
  assert.equal(plugin.sync.work.add(2, 3), 5);
  assert.equal(plugin.sync.work.add, own.work.add);
  assert.equal(await plugin.exports.work.twice(4), 8);
  assert.equal(await plugin.invoke("work.add", [1, 1]), 2);
  await assert.rejects(plugin.invoke("work.nope", []), withCode("function-missing", /work\.add/));
});

test("a host for releases takes frozen contracts only", async () => {
  await using host = createHost({ drivers: [importDriver], contracts: "frozen" });
  assert.throws(
    () => host.register(contract, options),
    withCode("config-invalid", /is not frozen.*tenon contract freeze/),
  );
  const frozen = { ...contract, frozen: "1.0.0" };
  const plugin = await host.load(frozen, { ...options, artifact: { module: module(imports) } });
  assert.equal(await plugin.work.add(2, 3), 5);
});

test("so does a host in production that says nothing else", async () => {
  const before = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    await using release = createHost({ drivers: [importDriver] });
    assert.throws(() => release.register(contract, options), withCode("config-invalid", /is not frozen/));
    await using open = createHost({ drivers: [importDriver], contracts: "any" });
    open.register(contract, options);
  } finally {
    if (before === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = before;
  }
});

test("a throw is plugin-trap with plugin, boundary and call; the plugin lives on", async () => {
  await using host = createHost({ drivers: [importDriver] });
  const plugin = await host.load(contract, options);
  await assert.rejects(plugin.work.fail(), (error: TenonError) => {
    assert.deepEqual(
      [error.code, error.plugin, error.boundary, error.call],
      ["plugin-trap", "p", "import", "work.fail"],
    );
    assert.match(error.message, /RangeError: broken inside/);
    return true;
  });
  assert.equal(await plugin.work.add(1, 1), 2);
});

test("deadline, cancellation and close each settle a waiting call once", async () => {
  await using host = createHost({ drivers: [importDriver], limits: { callMs: 20 } });
  const plugin = await host.load(contract, options);
  const keepAlive = setInterval(() => {}, 10);
  await assert.rejects(plugin.work.later(500), withCode("deadline-exceeded", /within 20 ms/));
  assert.equal(await plugin.work.later(30, { deadlineMs: 5000 }), 30);
  const abort = new AbortController();
  const call = plugin.work.later(500, { signal: abort.signal });
  abort.abort();
  await assert.rejects(call, withCode("cancelled"));
  await assert.rejects(plugin.work.later(1, { signal: abort.signal }), withCode("cancelled", /before it started/));
  const open = plugin.work.later(500, { deadlineMs: 0 });
  await Promise.all([assert.rejects(open, withCode("session-closed")), plugin.close(), plugin.close()]);
  await assert.rejects(plugin.work.add(1, 1), withCode("session-closed"));
  clearInterval(keepAlive);
});

test("lazy plugins start at the first call; a thousand share their code", async () => {
  const events: PluginEvent[] = [];
  await using host = createHost({ drivers: [importDriver], onEvent: (event) => events.push(event) });
  let loads = 0;
  const counting = (given: never): unknown => {
    loads++;
    return module(given);
  };
  const plugins = Array.from({ length: 1000 }, (_, i) =>
    host.register(contract, { ...options, id: `p${i}`, artifact: { module: counting } }),
  );
  assert.equal(loads, 0);
  assert.equal(plugins[7]!.state, "idle");
  assert.equal(Object.getPrototypeOf(plugins[1]), Object.getPrototypeOf(plugins[2]));
  assert.deepEqual(await Promise.all([plugins[7]!.work.add(1, 2), plugins[7]!.work.add(3, 4)]), [3, 7]);
  assert.equal(loads, 1);
  assert.throws(() => plugins[8]!.sync.work.add(1, 2), withCode("boundary-unsupported", /start\(\)/));
  assert.deepEqual(
    events.map((event) => event.type),
    ["started"],
  );
});

test("interceptors see calls and callbacks, may change arguments and results", async () => {
  const seen: string[] = [];
  const interceptor: Interceptor = (call, next) => {
    seen.push(`${call.direction} ${call.path} ${call.args.join()}`);
    return call.path === "work.add" ? next([call.args[0], 100]) : next();
  };
  await using host = createHost({ drivers: [importDriver], interceptors: [interceptor] });
  const plugin = await host.load(contract, options);
  assert.equal(await plugin.work.add(1, 2), 101);
  assert.equal(plugin.sync.work.add(1, 2), 101);
  assert.equal(await plugin.work.twice(5), 10);
  assert.deepEqual(seen, ["call work.add 1,2", "call work.add 1,2", "call work.twice 5", "callback host.double 5"]);
});

test("validate checks native calls in both directions", async () => {
  await using host = createHost({ drivers: [importDriver], validate: true });
  const lying = { work: { ...module(imports).work, add: () => -1 } };
  const plugin = await host.load(contract, { ...options, artifact: { module: lying } });
  await assert.rejects(plugin.work.later(1.5), withCode("value-invalid", /ms/));
  await assert.rejects(plugin.work.add(1, 2), withCode("protocol-error", /work\.add/));
  assert.throws(() => plugin.sync.work.add(1, 2), withCode("protocol-error"));
});

test("mistakes at registration are said in one sentence", async () => {
  await using host = createHost({ drivers: [importDriver] });
  await host.load(contract, options);
  assert.throws(() => host.register(contract, options), withCode("config-invalid", /taken/));
  assert.throws(
    () => host.register(contract, { ...options, id: "q", boundary: "nope" }),
    withCode("driver-missing", /it has import/),
  );
  assert.throws(
    () => host.register(contract, { id: "q", boundary: "import", artifact: options.artifact }),
    withCode("function-missing", /host\.double/),
  );
  await assert.rejects(
    host.load(contract, { ...options, id: "q", artifact: { module: "/nowhere/x.mjs" } }),
    withCode("file-missing"),
  );
  await assert.rejects(
    host.load(contract, { ...options, id: "q", artifact: { module: { work: {} } } }),
    withCode("function-missing", /work\.add/),
  );
  assert.deepEqual(
    host.plugins.map((plugin) => plugin.id),
    ["p"],
  );
});

test("failed starts back off and open the circuit, then a probe may succeed", async () => {
  let broken = true;
  const events: string[] = [];
  await using host = createHost({
    drivers: [importDriver],
    restart: { backoffMs: 1, maxBackoffMs: 2, maxCrashes: 3, openMs: 20 },
    onEvent: (event) => events.push(event.type),
  });
  const flaky = (given: never): unknown => {
    if (broken) throw new Error("not today");
    return module(given);
  };
  const plugin = host.register(contract, { ...options, artifact: { module: flaky } });
  const keepAlive = setInterval(() => {}, 5);
  for (let i = 0; i < 3; i++) await assert.rejects(plugin.work.add(1, 1), withCode("start-failed", /not today/));
  await assert.rejects(plugin.work.add(1, 1), withCode("unavailable", /3 times/));
  broken = false;
  await sleep(25);
  assert.equal(await plugin.work.add(1, 1), 2);
  clearInterval(keepAlive);
  assert.ok(events.includes("unavailable") && events.at(-1) === "started");
});

test("a resource is the plugin's own object: create, methods, handing it back, and no confusion of classes", async () => {
  class Counter {
    n: number;
    constructor(start: number) {
      this.n = start;
    }
    bump(by: number): number {
      return (this.n += by);
    }
    static ofText(text: string): Counter {
      return new Counter(text.length);
    }
    [Symbol.dispose](): void {}
  }
  interface Counters {
    readonly counters: {
      Counter: { new (start: number): Counter; ofText(text: string): Counter };
      total(counter: Counter): number;
    };
  }
  const resource = "test:host/counters@1.0.0#counter";
  const own = { kind: "own", resource, owner: "plugin" } as const;
  const self = { name: "self", type: { kind: "borrow", resource, owner: "plugin" } } as const;
  const base = { isAsync: false, resource: "counter" } as const;
  const withCounters: Contract<Counters, unknown> = {
    id: "test:host/resources@1.0.0",
    digest: "abi:resources",
    imports: [],
    exports: [
      {
        id: "test:host/counters@1.0.0",
        key: "counters",
        digest: "i:3",
        resources: ["counter"],
        functions: [
          {
            ...base,
            name: "[constructor]counter",
            kind: "constructor",
            params: [{ name: "start", type: u32 }],
            result: own,
          },
          {
            ...base,
            name: "[static]counter.of-text",
            kind: "static",
            params: [{ name: "text", type: { kind: "string" } }],
            result: own,
          },
          {
            ...base,
            name: "[method]counter.bump",
            kind: "method",
            params: [self, { name: "by", type: u32 }],
            result: u32,
          },
          {
            name: "total",
            kind: "freestanding",
            isAsync: false,
            params: [{ name: "counter", type: self.type }],
            result: u32,
          },
        ],
      },
    ],
  };
  await using host = createHost({ drivers: [importDriver] });
  const artifact = { module: { counters: { Counter, total: (counter: Counter) => counter.n } } };
  const plugin = await host.load(withCounters, { id: "r", boundary: "import", artifact });
  const counter = await plugin.counters.Counter.create(40);
  assert.equal(counter.bump(2), 42);
  assert.equal(plugin.sync.counters.total(counter), 42);
  assert.equal((await plugin.counters.Counter.ofText("four")).bump(1), 5);
  assert.equal(await plugin.invoke("counters.[method]counter.bump", [counter, 1]), 43);
  await assert.rejects(plugin.invoke("counters.[method]counter.bump", [{}, 1]), withCode("handle-invalid"));
});
