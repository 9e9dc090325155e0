// `tenon run` of components: commands by `wasi:cli/run`, functions with WAVE arguments, and what is refused.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { componentOf } from "@tenon/wasm/testing";
import wabt from "wabt";
import { tenon, workFolder } from "./run.ts";

const assembler = await wabt();
const folder = workFolder();
const wat = (text: string): Uint8Array => assembler.parseWat("test.wat", text).toBinary({}).buffer;
const MEMORY = wat(`(module (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))`);

function component(name: string, wit: string, main: string): string {
  const { resolve } = resolveWit(wit);
  const contract = contractFromResolve(resolve, resolve.worlds.length - 1);
  const path = join(folder, `${name}.wasm`);
  writeFileSync(path, componentOf(contract, { memory: MEMORY, main: wat(main) }));
  return path;
}
/** A command whose `run` has this body; 0 is ok, 1 is an error. */
const command = (name: string, body: string): string =>
  component(
    name,
    "package wasi:cli@0.2.3; interface run { run: func() -> result; } world command { export run; }",
    `(module (func (export "wasi:cli/run@0.2.3#run") (result i32) ${body}))`,
  );
const MATH = component(
  "math",
  `package t:math@1.0.0;
   interface sums { add: func(a: u32, b: u32) -> u32; half: func(n: u32) -> result<u32>; }
   world math { export sums; }`,
  `(module
     (import "env" "memory" (memory 1))
     (func (export "t:math/sums@1.0.0#add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
     (func (export "t:math/sums@1.0.0#half") (param i32) (result i32)
       (i32.store (i32.const 64) (i32.and (local.get 0) (i32.const 1)))
       (i32.store (i32.const 68) (i32.shr_u (local.get 0) (i32.const 1)))
       (i32.const 64)))`,
);

describe("tenon run of components", { concurrency: 2 }, () => {
  test("a command's result is its exit code", async () => {
    assert.deepEqual(await tenon(["run", command("ok", "(i32.const 0)")]), { code: 0, signal: null, out: "", err: "" });
    assert.equal((await tenon(["run", command("err", "(i32.const 1)")])).code, 1);
  });

  test("traps, loops without fuel and loops without time end as those of modules", async () => {
    const trap = await tenon(["run", command("trap", "unreachable")]);
    assert.equal(trap.code, 134);
    assert.match(trap.err, /^error: \[plugin-trap\] the program trapped: unreachable;/);
    const loop = command("loop", "(loop $again (br $again)) unreachable");
    const dry = await tenon(["run", loop, "--fuel", "10000", "--json"]);
    assert.equal(dry.code, 134);
    assert.equal((JSON.parse(dry.err) as { outcome: string }).outcome, "fuel");
    assert.equal((await tenon(["run", loop, "--timeout", "600"])).code, 124);
  });

  test("--invoke takes WAVE and prints WAVE; an error that is a result gives 1", async () => {
    assert.equal((await tenon(["run", MATH, "--invoke", "add", "2", "3"])).out, "5\n");
    assert.equal((await tenon(["run", MATH, "--invoke", "sums.add(2, 4294967295)"])).out, "1\n");
    const [even, odd] = [
      await tenon(["run", MATH, "--invoke", "half", "8"]),
      await tenon(["run", MATH, "--invoke", "half", "7"]),
    ];
    assert.deepEqual([even.code, even.out], [0, "ok(4)\n"]);
    assert.deepEqual([odd.code, odd.out], [1, "err\n"]);
    assert.equal((await tenon(["run", MATH, "--invoke", "add", "2"])).code, 2);
    assert.match((await tenon(["run", MATH, "--invoke", "sub"])).err, /\[function-missing\].*sums\.add, sums\.half/);
  });

  test("what cannot run is one sentence", async () => {
    const none = await tenon(["run", MATH]);
    assert.equal(none.code, 1);
    assert.match(none.err, /\[artifact-invalid\] .* is not a command: .*; it exports t:math\/sums@1\.0\.0\n$/);
    const needy = component(
      "needy",
      "package t:n@1.0.0; interface log { log: func(n: u32); } interface go { go: func(); } world w { import log; export go; }",
      `(module (import "t:n/log@1.0.0" "log" (func (param i32))) (func (export "t:n/go@1.0.0#go")))`,
    );
    const missing = await tenon(["run", needy, "--invoke", "go"]);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /\[function-missing\] .* imports `t:n\/log@1\.0\.0`; only WASI 0\.2/);
  });
});
