// Calls of one sandboxed guest that overlap because a host function takes its time: they wait for each other, and only
// a call from within that host function does not.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { createHost } from "@tenon/host";
import type { AnyDriver, Limits, Plugin } from "@tenon/host";
import { rejection } from "@tenon/verify";
import { moduleComponent } from "@tenon/wasm/testing";
import { componentDriver } from "tenon/component";
import { luaDriver } from "tenon/lua";
import { wasmDriver } from "tenon/wasm";
import { assemble, withSection } from "./wasm-guests.ts";

interface Exports {
  readonly guest: {
    /** Calls `slow(n)`, traps on 0, and gives what it got. */
    readonly run: (n: number) => number;
    /** Counts its calls in the instance. */
    readonly count: () => number;
  };
}
interface Imports {
  readonly host: { readonly slow: (n: number) => Promise<number> };
}
const WIT = `package t:busy@1.0.0;
  interface host { slow: func(n: u32) -> u32; }
  interface guest { run: func(n: u32) -> u32; count: func() -> u32; }
  world plugin { import host; export guest; }`;
const contract = contractFromResolve(resolveWit(WIT).resolve, 0) as Contract<Exports, Imports>;

const module = assemble(`(module
  (import "t:busy/host@1.0.0" "slow" (func $slow (param i32) (result i32)))
  (memory (export "memory") 1) (global $n (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "t:busy/guest@1.0.0#run") (param i32) (result i32) (local i32)
    (if (i32.eqz (local.tee 1 (call $slow (local.get 0)))) (then unreachable)) (local.get 1))
  (func (export "t:busy/guest@1.0.0#count") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))`);
const SECTION = { package: "t:busy", world: "plugin", version: "1.0.0", abi: 1 };
const SCRIPT = `local n = 0
return { guest = {
  run = function(n) local got = host.slow(n) if got == 0 then error("zero") end return got end,
  count = function() n = n + 1 return n end,
} }`;

interface Boundary {
  readonly driver: AnyDriver;
  readonly artifact: object;
  /** A guest that another call may enter while it waits for the host. */
  readonly isReentrant: boolean;
}
const boundaries: readonly Boundary[] = [
  { driver: componentDriver, artifact: { module: moduleComponent(contract, module) }, isReentrant: false },
  {
    driver: wasmDriver,
    artifact: { module: withSection(module, "tenon:contract", JSON.stringify(SECTION)) },
    isReentrant: true,
  },
  { driver: luaDriver, artifact: { source: SCRIPT }, isReentrant: true },
];

type Slow = (n: number, plugin: Plugin<Exports>) => Promise<number>;
const soon: Slow = async (n) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return n;
};

async function use(
  { driver, artifact }: Boundary,
  isolation: string,
  { slow = soon, limits = {} }: { readonly slow?: Slow; readonly limits?: Partial<Limits> },
  work: (guest: Plugin<Exports>["guest"]) => Promise<void>,
): Promise<void> {
  const host = createHost({ drivers: [driver] });
  try {
    const plugin: Plugin<Exports> = await host.load(contract, {
      id: "busy",
      boundary: driver.boundary,
      artifact: { ...artifact, isolation },
      imports: { host: { slow: (n) => slow(n, plugin) } },
      limits,
      restart: { backoffMs: 1 },
    });
    await work(plugin.guest);
  } finally {
    await host.close();
  }
}

const PATIENT = { deadlineMs: 20_000 };

for (const boundary of boundaries) {
  for (const isolation of ["worker", "process"]) {
    describe(`${boundary.driver.boundary}, ${isolation}`, () => {
      test("twenty calls that each wait for the host all succeed, in their order", async () => {
        const order: number[] = [];
        const slow: Slow = async (n, plugin) => {
          order.push(n);
          return await soon(n, plugin);
        };
        await use(boundary, isolation, { slow }, async (guest) => {
          const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
          assert.deepEqual(await Promise.all(numbers.map((n) => guest.run(n, PATIENT))), numbers);
          assert.deepEqual(order, numbers);
        });
      });

      test("a host function that calls the guest that waits for it is answered at once", async () => {
        let inner: Promise<number> | undefined;
        const slow: Slow = async (n, plugin) => {
          if (n < 100) return n;
          await soon(n, plugin);
          inner = plugin.guest.run(7, PATIENT);
          return await inner;
        };
        await use(boundary, isolation, { slow }, async (guest) => {
          const outer = guest.run(100, PATIENT);
          if (boundary.isReentrant) assert.equal(await outer, 7);
          else {
            const error = await rejection(outer, "plugin-trap");
            assert.match(error.what, /re-entrance is not allowed/);
            assert.equal((await rejection(inner!, "plugin-trap")).sideEffects, "none");
          }
          assert.equal(await guest.run(3, PATIENT), 3);
        });
      });

      test("what a host function started goes on to be its own once it has answered", async () => {
        let later: Promise<number> | undefined;
        const slow: Slow = async (n, plugin) => {
          if (n === 100) later = soon(n, plugin).then(() => plugin.guest.run(5, PATIENT));
          else await soon(n, plugin);
          return n;
        };
        await use(boundary, isolation, { slow }, async (guest) => {
          assert.equal(await guest.run(100, PATIENT), 100);
          const other = guest.run(6, PATIENT);
          assert.equal(await later, 5);
          assert.equal(await other, 6);
        });
      });

      test("a call that waits for its turn ends with its deadline or its signal, and never runs", async () => {
        const seen: number[] = [];
        let release!: () => void;
        const released = new Promise<void>((resolve) => (release = resolve));
        const slow: Slow = async (n) => {
          seen.push(n);
          if (n === 1) await released;
          return n;
        };
        await use(boundary, isolation, { slow, limits: { cancelGraceMs: 5000 } }, async (guest) => {
          const first = guest.run(1, PATIENT);
          while (seen.length === 0) await soon(0, undefined as never);
          const stop = new AbortController();
          const late = guest.run(2, { deadlineMs: 30 });
          const given = guest.run(3, { ...PATIENT, signal: stop.signal });
          const last = guest.run(4, PATIENT);
          await rejection(late, "deadline-exceeded");
          stop.abort();
          await rejection(given, "cancelled");
          release();
          assert.deepEqual([await first, await last], [1, 4]);
          assert.deepEqual(seen, [1, 4]);
        });
      });

      test("a trap in the first loses none of those that wait", async () => {
        const slow: Slow = async (n, plugin) => (await soon(n, plugin)) - 1;
        await use(boundary, isolation, { slow }, async (guest) => {
          assert.equal(await guest.count(PATIENT), 1);
          const first = guest.run(1, PATIENT);
          const others = [guest.run(2, PATIENT), guest.count(PATIENT), guest.run(3, PATIENT)];
          await rejection(first, "plugin-trap");
          const [two, count, three] = await Promise.all(others);
          // An error of a script is no trap of the engine's: its state lives on.
          assert.deepEqual([two, count, three], [1, boundary.driver.boundary === "lua" ? 2 : 1, 2]);
        });
      });
    });
  }

  test(`${boundary.driver.boundary}, inline: twenty calls at once follow each other`, async () => {
    const slow = ((n: number) => n) as unknown as Slow;
    await use(boundary, "inline", { slow }, async (guest) => {
      const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
      assert.deepEqual(await Promise.all(numbers.map((n) => guest.run(n, PATIENT))), numbers);
    });
  });
}
