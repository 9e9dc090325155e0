// The interfaces of preview2 as values: streams, pollables, clocks, random bytes, exit, handles and refusals.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import {
  collectOutput,
  createPreview2,
  hostDirectory,
  inputFrom,
  memoryDirectory,
  type Preview2,
  type WasiOptions,
} from "@tenon/wasi";
import { makeGround, removeGround } from "./fs-vectors.table.ts";

class Face {
  readonly wasi: Preview2;

  constructor(options: WasiOptions = {}) {
    this.wasi = createPreview2(options);
  }

  /** `streams:[method]input-stream.read` and the like. */
  call(interfaceName: string, name: string, ...args: readonly unknown[]): unknown {
    const member = this.wasi.interfaces[`wasi:${interfaceName}`]?.[name];
    assert.ok(typeof member === "function", `${interfaceName} has no ${name}`);
    return member(...args);
  }

  stream(name: string, ...args: readonly unknown[]): unknown {
    return this.call("io/streams", `[method]${name}`, ...args);
  }

  file(name: string, ...args: readonly unknown[]): { readonly tag: string; readonly val: never } {
    return this.call("filesystem/types", `[method]descriptor.${name}`, ...args) as { tag: string; val: never };
  }

  root(): unknown {
    return (this.call("filesystem/preopens", "get-directories") as [unknown, string][])[0]![0];
  }
}

test("only WASI 0.2 interfaces are supplied, under the names that were asked for", () => {
  const { wasi } = new Face();
  const found = wasi.importsFor([
    "wasi:io/streams@0.2.0",
    "wasi:io/streams@0.2.12",
    "wasi:cli/exit@0.3.0",
    "other:io/streams@0.2.0",
    "wasi:io/none@0.2.0",
  ]);
  assert.deepEqual(Object.keys(found), ["wasi:io/streams@0.2.0", "wasi:io/streams@0.2.12"]);
  wasi.close();
});

test("standard streams: reading to the end, writing, and what is closed says so", () => {
  const stdout = collectOutput();
  const face = new Face({ stdin: inputFrom("hello"), stdout });
  const input = face.call("cli/stdin", "get-stdin");
  const read = (length: bigint) => face.stream("input-stream.blocking-read", input, length);
  assert.deepEqual(read(3n), { tag: "ok", val: new TextEncoder().encode("hel") });
  assert.deepEqual(face.stream("input-stream.skip", input, 1n), { tag: "ok", val: 1n });
  const output = face.call("cli/stdout", "get-stdout");
  assert.deepEqual(face.stream("output-stream.splice", output, input, 100n), { tag: "ok", val: 1n });
  assert.deepEqual(read(3n), { tag: "err", val: { tag: "closed" } });
  assert.deepEqual(read(0n), { tag: "ok", val: new Uint8Array(0) });
  assert.equal((face.stream("output-stream.check-write", output) as { val: bigint }).val, 65_536n);
  face.stream("output-stream.blocking-write-and-flush", output, new TextEncoder().encode("!"));
  face.stream("output-stream.write-zeroes", output, 2n);
  assert.equal(stdout.text(), "o!\0\0");
  assert.throws(() => face.stream("output-stream.write-zeroes", output, 1n << 40n), { code: "plugin-trap" });
  face.wasi.close();
});

test("files: streams keep their own places, appending goes to the end, a second reading starts where it is told", () => {
  const tree = memoryDirectory({ files: { "a/f": "0123456789" } });
  const face = new Face({ mounts: { "/": tree } });
  const opened = face.file("open-at", face.root(), { symlinkFollow: true }, "a/f", {}, { read: true, write: true });
  const file: unknown = opened.val;
  const stream: unknown = face.file("read-via-stream", file, 4n).val;
  const text = () => {
    const result = face.stream("input-stream.read", stream, 3n) as { val: Uint8Array };
    return new TextDecoder().decode(result.val);
  };
  assert.equal(text(), "456");
  assert.equal(text(), "789");
  face.stream("output-stream.write", face.file("append-via-stream", file).val, new TextEncoder().encode("ab"));
  face.stream("output-stream.write", face.file("write-via-stream", file, 1n).val, new TextEncoder().encode("X"));
  assert.equal(new TextDecoder().decode(tree.readFile("a/f")), "0X23456789ab");
  assert.equal(text(), "ab");
  assert.deepEqual(face.file("read", file, 0n, 0n), { tag: "ok", val: [new Uint8Array(0), false] });
  assert.deepEqual(face.file("read", file, 5n, 100n), { tag: "ok", val: [new Uint8Array(0), true] });
  assert.deepEqual(face.file("set-size", file, 3n), { tag: "ok", val: undefined });
  const stat: { size: bigint; type: string } = face.file("stat", file).val;
  assert.deepEqual([stat.size, stat.type], [3n, "regular-file"]);
  assert.equal(face.call("filesystem/types", "[method]descriptor.is-same-object", file, face.root()), false);
  face.wasi.close();
});

test("a descriptor opened for reading is no way to write, and directories list what is in them", () => {
  const face = new Face({ mounts: { "/": memoryDirectory({ files: { f: "", "d/x": "" } }) } });
  const file: unknown = face.file("open-at", face.root(), {}, "f", {}, { read: true }).val;
  assert.equal(face.file("write", file, new Uint8Array(1), 0n).val, "bad-descriptor");
  assert.equal(face.file("read-directory", file).val, "not-directory");
  const entries: unknown = face.file("read-directory", face.root()).val;
  const next = () =>
    (face.call("filesystem/types", "[method]directory-entry-stream.read-directory-entry", entries) as { val: unknown })
      .val;
  assert.deepEqual(
    [next(), next(), next()],
    [{ type: "regular-file", name: "f" }, { type: "directory", name: "d" }, undefined],
  );
  face.wasi.close();
});

test("a stream whose file was dropped is bad-descriptor, even when the host reuses the number", () => {
  const ground = makeGround();
  const face = new Face({ mounts: { "/": hostDirectory(ground.S) } });
  const file = face.file("open-at", face.root(), {}, "f", {}, { read: true }).val as Disposable;
  const stream: unknown = face.file("read-via-stream", file, 0n).val;
  file[Symbol.dispose]();
  const other = face.file("open-at", face.root(), {}, "a/b", {}, { read: true }).val as Disposable;
  const answer = face.stream("input-stream.blocking-read", stream, 10n) as { val: { tag: string; val: object } };
  assert.equal(answer.val.tag, "last-operation-failed");
  assert.equal(face.call("filesystem/types", "filesystem-error-code", answer.val.val), "bad-descriptor");
  other[Symbol.dispose]();
  face.wasi.close();
  removeGround(ground);
});

test("pollables: what is ready comes at once, clocks when they are due", () => {
  const face = new Face({ stdin: inputFrom("x"), limits: { maxBlockMs: 1000 } });
  const soon = face.call("clocks/monotonic-clock", "subscribe-duration", 5_000_000n);
  const never = face.call("clocks/monotonic-clock", "subscribe-duration", 3_600_000_000_000n);
  const input = face.stream("input-stream.subscribe", face.call("cli/stdin", "get-stdin"));
  assert.deepEqual(face.call("io/poll", "poll", [never, input]), Uint32Array.of(1));
  assert.deepEqual(face.call("io/poll", "poll", [never, soon]), Uint32Array.of(1));
  assert.equal(face.call("io/poll", "[method]pollable.ready", soon), true);
  assert.equal(face.call("io/poll", "[method]pollable.ready", never), false);
  assert.throws(() => face.call("io/poll", "poll", []), { code: "plugin-trap" });
  face.wasi.close();
});

test("clocks, environment and seeded random bytes are what was granted", () => {
  const face = new Face({ args: ["a"], env: { K: "v" }, clocks: "none", random: { seed: 0n } });
  assert.deepEqual(face.call("cli/environment", "get-environment"), [["K", "v"]]);
  assert.deepEqual(face.call("cli/environment", "get-arguments"), ["a"]);
  assert.deepEqual(face.call("clocks/wall-clock", "now"), { seconds: 0n, nanoseconds: 0 });
  assert.equal(face.call("random/random", "get-random-u64"), 0xe220a8397b1dcdafn);
  assert.equal((face.call("random/random", "get-random-bytes", 10n) as Uint8Array).length, 10);
  assert.throws(() => face.call("random/random", "get-random-bytes", 1n << 62n), { code: "resource-exhausted" });
  face.wasi.close();
});

test("exit ends the guest with its code; nothing works afterwards", () => {
  const face = new Face();
  assert.equal(
    face.wasi.start(() => face.call("cli/exit", "exit", { tag: "err" })),
    1,
  );
  assert.throws(() => face.call("clocks/wall-clock", "now"), /exit 1/);
  const inside = new Face();
  assert.throws(() => inside.wasi.run(() => inside.call("cli/exit", "exit-with-code", 9)), {
    code: "plugin-crashed",
    details: { exitCode: 9 },
  });
  assert.equal(inside.wasi.exitCode, 9);
  inside.wasi.close();
  assert.equal(
    new Face().wasi.start(() => ({ tag: "err" })),
    1,
  );
  assert.equal(
    new Face().wasi.start(() => ({ tag: "ok" })),
    0,
  );
  assert.throws(
    () =>
      new Face().wasi.start(() => {
        throw new Error("boom");
      }),
    { code: "plugin-trap" },
  );
});

test("sockets and names are refused", () => {
  const face = new Face();
  const refused = { tag: "err", val: "access-denied" };
  assert.deepEqual(face.call("sockets/tcp-create-socket", "create-tcp-socket", "ipv4"), refused);
  assert.deepEqual(face.call("sockets/udp-create-socket", "create-udp-socket", "ipv6"), refused);
  const network = face.call("sockets/instance-network", "instance-network");
  assert.deepEqual(face.call("sockets/ip-name-lookup", "resolve-addresses", network, "localhost"), refused);
  face.wasi.close();
});

test(
  "no descriptor of the host is left behind",
  { skip: process.platform !== "linux" && "counted through /proc" },
  () => {
    const ground = makeGround();
    const before = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 20; round++) {
      const face = new Face({ mounts: { "/": hostDirectory(ground.S) }, limits: { maxOpenFiles: 6 } });
      const root = face.root();
      for (const path of ["f", "a", "a/b", "missing", "f/x", "../O", "f", "f"])
        face.file("open-at", root, {}, path, {}, { read: true });
      face.wasi.close();
      face.wasi.close();
    }
    assert.equal(readdirSync("/proc/self/fd").length, before);
    removeGround(ground);
  },
);
