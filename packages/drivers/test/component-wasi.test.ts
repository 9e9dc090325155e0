// WASI 0.2 without a line of the host's: nothing is granted, and an exit ends the plugin, not the process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { createComponentDriver } from "@tenon/drivers/component";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import type { PluginEvent } from "@tenon/host";
import { moduleComponent } from "@tenon/wasm/testing";
import { assemble } from "./wasm-guests.ts";

interface Exports {
  readonly api: { readonly add: (a: number, b: number) => Promise<number>; readonly leave: () => Promise<void> };
}
const API = "interface api { add: func(a: u32, b: u32) -> u32; leave: func(); }";
const contractOf = (text: string): Contract => {
  const { resolve } = resolveWit(text);
  return contractFromResolve(
    resolve,
    resolve.worlds.findIndex(({ name }) => name === "w"),
  );
};
const contract = contractOf(`package t:t@1.0.0; ${API} world w { export api; }`);

const component = (version: string, more = ""): Uint8Array =>
  moduleComponent(
    contractOf(`package t:t@1.0.0; ${API} world w { import wasi:cli/exit@${version}; export api; }
      package wasi:cli@${version} { interface exit { exit: func(status: result); } }`),
    assemble(`(module (import "wasi:cli/exit@${version}" "exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      (func (export "t:t/api@1.0.0#add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "t:t/api@1.0.0#leave") (call $exit (i32.const 1))) ${more})`),
  );

for (const isolation of ["inline", "worker"] as const) {
  test(`${isolation}: an exit ends the plugin, which starts again at the next call`, async () => {
    const events: PluginEvent[] = [];
    await using host = createHost({
      drivers: [createComponentDriver({ worker: workerDriver })],
      onEvent: (event) => events.push(event),
    });
    const { api } = (await host.load(contract, {
      id: "p",
      boundary: "component",
      artifact: { module: component("0.2.3"), isolation },
      restart: { backoffMs: 1 },
    })) as unknown as Exports;
    assert.equal(await api.add(1, 2), 3);
    await assert.rejects(api.leave(), { code: "plugin-crashed" });
    while (!events.some(({ type }) => type === "crashed")) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await api.add(1, 2), 3);
  });
}

test("an interface of WASI that is not there is a mismatch with its name, not a trap at a call", async () => {
  await using host = createHost({ drivers: [createComponentDriver()] });
  const options = { id: "p", boundary: "component", artifact: { module: component("0.9.0") } };
  await assert.rejects(host.load(contract, options), { code: "contract-mismatch", message: /wasi:cli\/exit@0\.9\.0/ });
});
