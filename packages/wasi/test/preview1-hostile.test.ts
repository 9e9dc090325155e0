// What a hostile guest passes: wild pointers, lengths and numbers never throw anything but what ends the guest, and leak nothing.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";
import { createPreview1, hostDirectory, inputFrom, memoryDirectory } from "@tenon/wasi";
import { makeGround, removeGround } from "./fs-vectors.table.ts";
import { Caller, WIDE_ARGUMENTS } from "./preview1-caller.ts";

const WILD = [0, 1, 3, 4, 7, 8, 24, 100, 1024, 65_535, 65_536, 131_071, 131_072, 2 ** 31 - 1, -(2 ** 31), -1, -8];
const WILD_WIDE = [0n, 1n, 100n, 1n << 32n, (1n << 53n) + 1n, 1n << 62n, -(1n << 63n), -1n];

function options() {
  return {
    args: ["guest", "one"],
    env: { A: "b" },
    stdin: inputFrom("input"),
    mounts: { "/": memoryDirectory({ files: { "a/b": "text", f: "file" }, maxBytes: 200_000 }) },
    limits: { maxBlockMs: 0, maxOpenFiles: 20, maxRandomBytes: 1_000_000 },
  };
}

test("preview1 has all 46 functions", () => {
  const wasi = createPreview1();
  assert.equal(Object.keys(wasi.imports.wasi_snapshot_preview1).length, 46);
  wasi.close();
});

test("60,000 calls with wild arguments return a number or end the guest with a known error", () => {
  let state = 12_345;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  let caller = new Caller(options());
  const names = Object.keys(caller.wasi.imports.wasi_snapshot_preview1);
  let ended = 0;
  for (let round = 0; round < 60_000; round++) {
    const name = names[next(names.length)]!;
    const wide = WIDE_ARGUMENTS.get(name) ?? [];
    const args = Array.from({ length: 9 }, (_, at) =>
      wide.includes(at) ? WILD_WIDE[next(WILD_WIDE.length)]! : WILD[next(WILD.length)]!,
    );
    if (next(4) === 0) new Uint8Array(caller.memory.buffer).fill(next(256), 0, next(2000));
    try {
      const result = caller.wasi.imports.wasi_snapshot_preview1[name]!(...args);
      assert.ok(
        Number.isInteger(result) && result >= 0 && result <= 76,
        `${name}(${args.join(", ")}) returned ${result}`,
      );
    } catch (thrown) {
      if (thrown instanceof assert.AssertionError) throw thrown;
      const error = assertThrown(() =>
        caller.wasi.run(() => {
          throw thrown;
        }),
      );
      assert.ok(
        ["plugin-crashed", "resource-exhausted", "deadline-exceeded"].includes(error.code),
        `${name}: ${error.message}`,
      );
      caller.wasi.close();
      caller = new Caller(options());
      ended++;
    }
  }
  assert.ok(ended > 0);
  caller.wasi.close();
});

test("pointers beyond the memory are `fault`, at its very end too", () => {
  const caller = new Caller(options());
  const end = caller.memory.buffer.byteLength;
  assert.equal(caller.call("random_get", end - 4, 4), "ok");
  assert.equal(caller.call("random_get", end - 3, 4), "fault");
  assert.equal(caller.call("random_get", -1, 1), "fault");
  assert.equal(caller.call("clock_time_get", 0, 0n, end - 7), "fault");
  assert.equal(caller.call("args_get", 0, end - 3), "fault");
  assert.equal(caller.call("fd_write", 1, end - 4, 1, 0), "fault");
  assert.equal(caller.call("fd_write", 1, 0, 2 ** 30, 0), "inval");
  caller.vector(end - 1, 2);
  assert.equal(caller.call("fd_read", 0, 16, 1, 0), "fault");
  assert.equal(caller.call("poll_oneoff", 0, 0, -1, 0), "inval");
  caller.wasi.close();
});

test("the limit of descriptors counts what is open, and closing gives it back", () => {
  const caller = new Caller(options());
  const opened: number[] = [];
  for (let file = caller.open(3, "f"); typeof file === "number"; file = caller.open(3, "f")) opened.push(file);
  assert.equal(opened.length, 16);
  assert.equal(caller.open(3, "f"), "mfile");
  assert.equal(caller.open(3, "new", { create: true, write: true }), "mfile");
  assert.equal(caller.stat(3, "new"), "noent");
  caller.close(opened[3]!);
  assert.equal(caller.open(3, "f"), opened[3]);
  assert.equal(caller.call("fd_renumber", opened[0]!, opened[1]!), "ok");
  assert.equal(caller.open(3, "f"), opened[0]);
  caller.wasi.close();
});

test("listings that are kept are counted together, and given back", () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, ""]));
  const caller = new Caller({ mounts: { "/": memoryDirectory({ files }) }, limits: { maxListedEntries: 100 } });
  const directories = Array.from({ length: 3 }, () => caller.open(3, ".", { directory: true }) as number);
  assert.equal(caller.list(directories[0]!).length, 42);
  assert.equal(caller.list(directories[1]!).length, 42);
  assert.deepEqual(caller.list(directories[2]!), ["errno 48"]);
  assert.equal(caller.list(directories[0]!).length, 42, "a listing anew replaces the old one");
  caller.close(directories[0]!);
  assert.equal(caller.list(directories[2]!).length, 42);
  caller.wasi.close();
  assert.equal(caller.wasi.budget.listedEntries, 0);
});

test(
  "no descriptor of the host is left behind",
  { skip: process.platform !== "linux" && "counted through /proc" },
  () => {
    const ground = makeGround();
    const before = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 50; round++) {
      const caller = new Caller({ mounts: { "/": hostDirectory(ground.S, { readOnly: false }) } });
      for (const path of ["f", "a", "a/b", "missing", "a/missing/x", "f/x", ".", "../O"]) caller.open(3, path);
      caller.open(3, "log", { create: true, write: true, append: true });
      caller.write(caller.open(3, "log", { write: true, append: true }) as number, "line");
      caller.list(3);
      caller.wasi.close();
      caller.wasi.close();
    }
    assert.equal(readdirSync("/proc/self/fd").length, before);
    removeGround(ground);
  },
);

function assertThrown(act: () => unknown): TenonError {
  try {
    act();
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, `not a TenonError: ${String(thrown)}`);
    return thrown;
  }
  throw new Error("nothing was thrown");
}
