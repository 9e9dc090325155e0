// Whole modules: commands and reactors written in WAT, their exit codes, traps and what they are given.
import assert from "node:assert/strict";
import { test } from "node:test";
import wabt from "wabt";
import { collectOutput, createPreview1, hostInput, inputFrom, logOutput, type WasiOptions } from "@tenon/wasi";
import { engine } from "./engine.ts";
import { mkfifo } from "./fifo.ts";
import { Caller } from "./preview1-caller.ts";

const assembler = await wabt();

function instantiate(options: WasiOptions, functions: string) {
  const wasi = createPreview1(options);
  const text = `(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00hello\\n")
    ${functions})`;
  const { buffer } = assembler.parseWat("guest.wat", text, { exceptions: true }).toBinary({});
  const instance = new engine.Instance(new engine.Module(new Uint8Array(buffer)), wasi.imports);
  return { wasi, instance };
}

test("a command writes, returns and has ended", () => {
  const stdout = collectOutput();
  const { wasi, instance } = instantiate(
    { stdout },
    `(func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20))))`,
  );
  assert.equal(wasi.start(instance), 0);
  assert.equal(stdout.text(), "hello\n");
  assert.throws(() => wasi.start(instance), { code: "session-closed" });
});

test("proc_exit ends the instance with its code, never the process", () => {
  const { wasi, instance } = instantiate({}, `(func (export "_start") (call $exit (i32.const 7)) unreachable)`);
  assert.equal(wasi.start(instance), 7);
  assert.equal(wasi.exitCode, 7);
});

test("a guest that catches its exit gets nothing more done, and the code stands", () => {
  const stdout = collectOutput();
  const { wasi, instance } = instantiate(
    { stdout },
    `(func (export "_start")
       (try (do (call $exit (i32.const 3))) (catch_all))
       (try (do (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))) (catch_all)))`,
  );
  assert.equal(wasi.start(instance), 3);
  assert.equal(stdout.text(), "");
});

test("a trap is plugin-trap, with the engine's error as its cause", () => {
  const { wasi, instance } = instantiate({}, `(func (export "_start") unreachable)`);
  assert.throws(
    () => wasi.start(instance),
    (error: Error & { code: string }) => {
      assert.equal(error.code, "plugin-trap");
      return error.cause instanceof engine.RuntimeError;
    },
  );
});

test("a reactor is initialised and called; an exit inside a call is plugin-crashed and final", () => {
  const { wasi, instance } = instantiate(
    {},
    `(global $ready (mut i32) (i32.const 0))
     (func (export "_initialize") (global.set $ready (i32.const 41)))
     (func (export "answer") (result i32) (i32.add (global.get $ready) (i32.const 1)))
     (func (export "leave") (call $exit (i32.const 5)))
     (func (export "yield") (result i32) (call $yield))`,
  );
  wasi.initialize(instance);
  const call = (name: string) => wasi.run(instance.exports[name] as () => unknown);
  assert.equal(call("answer"), 42);
  assert.equal(call("yield"), 0);
  assert.throws(() => call("leave"), { code: "plugin-crashed", details: { exitCode: 5 } });
  assert.throws(() => call("yield"), { code: "plugin-crashed" });
  wasi.close();
});

test("modules that are no commands or have no memory are artifact-invalid", () => {
  const { wasi, instance } = instantiate({}, "");
  assert.throws(() => wasi.start(instance), { code: "artifact-invalid" });
  assert.throws(() => wasi.start({ exports: { _start: () => undefined } }), { code: "artifact-invalid" });
  wasi.close();
});

test("WASI in a start function, before the memory is known, ends the guest with a reason", () => {
  assert.throws(
    () =>
      instantiate(
        {},
        `(func $early (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))) (start $early)`,
      ),
    { code: "plugin-trap" },
  );
});

test("arguments and environment arrive as given; a NUL or too much is refused before the start", () => {
  const caller = new Caller({ args: ["name", "\u00e9"], env: { KEY: "value" } });
  assert.equal(caller.call("args_sizes_get", 0, 4), "ok");
  assert.deepEqual([caller.view.getUint32(0, true), caller.view.getUint32(4, true)], [2, 8]);
  assert.equal(caller.call("args_get", 16, 100), "ok");
  assert.deepEqual([caller.view.getUint32(16, true), caller.view.getUint32(20, true)], [100, 105]);
  assert.equal(new TextDecoder().decode(new Uint8Array(caller.memory.buffer, 100, 8)), "name\0\u00e9\0");
  assert.equal(caller.call("environ_get", 16, 100), "ok");
  assert.equal(new TextDecoder().decode(new Uint8Array(caller.memory.buffer, 100, 10)), "KEY=value\0");
  assert.throws(() => createPreview1({ args: ["a\0b"] }), { code: "config-invalid" });
  assert.throws(() => createPreview1({ env: { "a=b": "" } }), { code: "config-invalid" });
  assert.throws(() => createPreview1({ args: ["x".repeat(2 ** 21)] }), { code: "config-invalid" });
});

test("nothing is granted by default", () => {
  const caller = new Caller({});
  assert.equal(caller.open(3, "f"), "badf");
  assert.equal(caller.read(0), "read ");
  assert.equal(caller.write(1, "text"), "ok");
  assert.equal(caller.call("args_sizes_get", 0, 4), "ok");
  assert.equal(caller.view.getBigUint64(0, true), 0n);
  assert.equal(caller.call("sock_accept", 1, 0, 0), "notsock");
  assert.equal(caller.call("sock_send", 9, 0, 0, 0, 0), "badf");
});

test("clocks: coarse rounds to a millisecond, precise does not, none stands still", () => {
  const time = (clocks: "coarse" | "precise" | "none", id: number): bigint => {
    const caller = new Caller({ clocks });
    assert.equal(caller.call("clock_time_get", id, 0n, 0), "ok");
    return caller.view.getBigUint64(0, true);
  };
  assert.equal(time("coarse", 0) % 1_000_000n, 0n);
  assert.equal(time("coarse", 1) % 1_000_000n, 0n);
  assert.equal(time("none", 0), 0n);
  assert.ok([1, 2, 3, 4, 5].some(() => time("precise", 1) % 1_000_000n !== 0n));
  assert.ok(Math.abs(Number(time("precise", 0) / 1_000_000n) - Date.now()) < 1000);
  assert.equal(new Caller({}).call("clock_time_get", 2, 0n, 0), "notsup");
  assert.equal(new Caller({}).call("clock_time_get", 9, 0n, 0), "inval");
});

test("a seed gives the same random bytes in every run, and the budget ends the guest", () => {
  const bytes = (seed: bigint): Uint8Array => {
    const caller = new Caller({ random: { seed } });
    assert.equal(caller.call("random_get", 0, 20), "ok");
    return new Uint8Array(caller.memory.buffer).slice(0, 24);
  };
  assert.deepEqual(bytes(1n), bytes(1n));
  assert.notDeepEqual(bytes(1n), bytes(2n));
  assert.deepEqual(bytes(1n).slice(20), new Uint8Array(4));
  // SplitMix64 with seed 0, from its authors' reference: e220a8397b1dcdaf.
  assert.equal(Buffer.from(bytes(0n)).readBigUInt64LE(0), 0xe220a8397b1dcdafn);
  const limited = new Caller({ limits: { maxRandomBytes: 100 } });
  assert.equal(limited.call("random_get", 0, 100), "ok");
  assert.throws(() => limited.call("random_get", 0, 1), {
    code: "resource-exhausted",
    details: { limit: "maxRandomBytes", allowed: 100 },
  });
  assert.throws(() => limited.call("sched_yield"), { code: "resource-exhausted" });
});

test("input and output are counted against maxIoBytes", () => {
  const limited = new Caller({ limits: { maxIoBytes: 10 } });
  assert.equal(limited.write(1, "0123456789"), "ok");
  assert.throws(() => limited.write(1, "x"), {
    code: "resource-exhausted",
    details: { limit: "maxIoBytes", allowed: 10 },
  });
});

test("poll waits for clocks, in order, and reports bad descriptors as events", () => {
  const caller = new Caller({ stdin: inputFrom("x"), limits: { maxBlockMs: 100 } });
  const subscribe = (index: number, userdata: bigint, type: number, value: number | bigint, flags = 0): void => {
    const at = 1000 + index * 48;
    new Uint8Array(caller.memory.buffer).fill(0, at, at + 48);
    caller.view.setBigUint64(at, userdata, true);
    caller.view.setUint8(at + 8, type);
    caller.view.setUint32(at + 16, type === 0 ? 1 : Number(value), true);
    if (type === 0) caller.view.setBigUint64(at + 24, BigInt(value), true);
    caller.view.setUint16(at + 40, flags, true);
  };
  const poll = (count: number): readonly string[] => {
    assert.equal(caller.call("poll_oneoff", 1000, 2000, count, 0), "ok");
    return Array.from({ length: caller.view.getUint32(0, true) }, (_, index) => {
      const at = 2000 + index * 32;
      return `${caller.view.getBigUint64(at, true)}:${caller.view.getUint16(at + 8, true)}`;
    });
  };
  subscribe(0, 7n, 0, 10_000_000n);
  subscribe(1, 8n, 0, 60_000_000_000n);
  assert.deepEqual(poll(2), ["7:0"]);
  subscribe(2, 9n, 1, 0);
  subscribe(3, 10n, 2, 1);
  subscribe(4, 11n, 1, 55);
  assert.deepEqual(poll(5), ["9:0", "10:0", "11:8"]);
  subscribe(0, 7n, 0, 1n, 1);
  assert.deepEqual(poll(1), ["7:0"]);
  subscribe(0, 7n, 0, 60_000_000_000n);
  assert.throws(() => poll(1), { code: "deadline-exceeded" });
});

test(
  "poll tells whether a pipe of the host has something to read",
  { skip: process.platform !== "linux" && "Linux only" },
  () => {
    const fifo = mkfifo();
    try {
      const stdin = hostInput(fifo.readFd);
      assert.equal(stdin.isReady(), false);
      fifo.write("some input");
      assert.equal(stdin.isReady(), true);
      const into = new Uint8Array(4);
      assert.equal(stdin.read(into), 4);
      assert.equal(new TextDecoder().decode(into), "some");
      assert.equal(stdin.read(new Uint8Array(100)), 6);
      assert.equal(stdin.isReady(), false);
    } finally {
      fifo.close();
    }
  },
);

test("log output comes in whole lines, cleaned, cut and within its budget", () => {
  const lines: string[] = [];
  const caller = new Caller({ stderr: logOutput((line) => lines.push(line)), limits: { maxLogBytes: 9_000 } });
  caller.write(2, "one\ntw");
  assert.deepEqual(lines, ["one"]);
  caller.write(2, "o \u001b[31mred\nrest");
  assert.equal(lines.length, 2);
  assert.ok(!lines[1]!.includes("\u001b"));
  caller.write(2, "y".repeat(8_200));
  caller.write(2, "z".repeat(1_000));
  caller.wasi.close();
  assert.ok(lines.every((line) => line.length <= 8_192));
  assert.ok(lines.some((line) => line.includes("more than 9000 bytes")));
  const kept = lines.filter((line) => !line.startsWith("(")).join("");
  assert.equal(kept.match(/[yz]/g)!.length, 9_000 - "one\ntwo \u001b[31mred\nrest".length);
});
