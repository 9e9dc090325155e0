// A core module with its own memory, wrapped: its imports are lowered into a memory that is there only after it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { componentDriver } from "@tenon/drivers/component";
import { createHost } from "@tenon/host";
import { moduleComponent } from "@tenon/wasm/testing";
import wabt from "wabt";

const tool = await wabt();
const wat = (source: string): Uint8Array => tool.parseWat("t.wat", source).toBinary({}).buffer;

const { resolve } = resolveWit(`package t:t@1.0.0;
  interface names { full: func(name: string) -> string; unused: func(); note: func(n: u64); }
  interface greeter { greet: func(name: string) -> string; }
  world w { import names; export greeter; }`);
const contract = contractFromResolve(resolve, 0);

const core = (more = ""): Uint8Array =>
  wat(`(module
    (import "t:t/names@1.0.0" "note" (func $note (param i64)))
    (import "t:t/names@1.0.0" "full" (func $full (param i32 i32 i32)))
    ${more}
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (global $freed (mut i64) (i64.const 0))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3))))
    (func (export "t:t/greeter@1.0.0#greet") (param i32 i32) (result i32)
      (call $note (global.get $freed))
      (call $full (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))
    (func (export "cabi_post_t:t/greeter@1.0.0#greet") (param i32)
      (global.set $freed (i64.add (global.get $freed) (i64.const 1)))))`);

test("a module calls the host with strings of its own memory, and is told when a result may go", async () => {
  await using host = createHost({ drivers: [componentDriver] });
  const noted: unknown[] = [];
  const names = {
    full: (name: string) => `${name} Müller`,
    unused: () => undefined,
    note: (n: bigint) => void noted.push(n),
  };
  const artifact = { module: moduleComponent(contract, core()) };
  const options = { id: "p", boundary: "component", artifact, imports: { names } } as never;
  const plugin = (await host.load(contract, options)) as unknown as {
    greeter: { greet(name: string): Promise<string> };
  };
  assert.equal(await plugin.greeter.greet("Ada"), "Ada Müller");
  assert.equal(await plugin.greeter.greet("Zoë"), "Zoë Müller");
  assert.deepEqual(noted, [0n, 1n]);
});

test("imports that the contract does not have are refused by name", () => {
  const other = core('(import "t:t/names@1.0.0" "gone" (func))');
  assert.throws(() => moduleComponent(contract, other), {
    code: "boundary-unsupported",
    message: /t:t\/names@1\.0\.0\.gone/,
  });
});
