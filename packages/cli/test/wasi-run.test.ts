// `tenon run`: streams, exit codes, grants and limits of small WASI programs, each as a real process.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import wabt from "wabt";
import { BIN, type Outcome, tenon, workFolder } from "./run.ts";

const assembler = await wabt();
const folder = workFolder();
const WASI = "wasi_snapshot_preview1";
const PREVIEW1 = `
  (import "${WASI}" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "${WASI}" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "${WASI}" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "${WASI}" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "${WASI}" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "${WASI}" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "${WASI}" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "${WASI}" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (data (i32.const 64) "hello\\n")
  (data (i32.const 80) "file")
  (func $write (param $fd i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $read (param $fd i32) (result i32)
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (i32.const 1024))
    (if (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 90))))
    (i32.load (i32.const 8)))
  (func $open (param $oflags i32) (param $rights i64) (result i32)
    (call $path_open (i32.const 3) (i32.const 0) (i32.const 80) (i32.const 4) (local.get $oflags)
      (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 16)))`;

let made = 0;
function assemble(text: string): string {
  const module = assembler.parseWat("test.wat", text);
  const path = join(folder, `program-${made++}.wasm`);
  writeFileSync(path, module.toBinary({ write_debug_names: true }).buffer);
  module.destroy();
  return path;
}
function command(body: string, more = ""): string {
  return assemble(`(module ${PREVIEW1} ${more} (func $main (export "_start") ${body}))`);
}

const HELLO = "(call $write (i32.const 1) (i32.const 64) (i32.const 6))";
const LOOP = "(loop $again (br $again))";
const READ_FILE = `
  (if (call $open (i32.const 0) (i64.const 2)) (then (call $exit (i32.const 3))))
  (call $write (i32.const 1) (i32.const 4096) (call $read (i32.load (i32.const 16))))`;
/** Creates and truncates. */
const WRITE_FILE = `
  (if (call $open (i32.const 9) (i64.const 64)) (then (call $exit (i32.const 4))))
  (call $write (i32.load (i32.const 16)) (i32.const 64) (i32.const 6))`;
const ECHO = `(local $n i32) (loop $again
  (local.set $n (call $read (i32.const 0)))
  (if (local.get $n) (then (call $write (i32.const 1) (i32.const 4096) (local.get $n)) (br $again))))`;

/** With `input` on standard input, which stays open for `undefined`. */
function runWith(args: readonly string[], input: string | undefined): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, "run", ...args], { env: { ...process.env, NO_COLOR: "1" } });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
    if (input !== undefined) child.stdin.end(input);
  });
}

interface Line {
  readonly exitCode: number;
  readonly outcome: string;
  readonly fuelUsed: number | null;
  readonly wallMs: number;
  readonly error?: { readonly code: string };
}
function lastLine(err: string): Line {
  return JSON.parse(err.trimEnd().split("\n").at(-1) ?? "") as Line;
}

describe("tenon run", { concurrency: 2 }, () => {
  test("standard output and the exit code are the program's", async () => {
    assert.deepEqual(await tenon(["run", command(HELLO)]), { code: 0, signal: null, out: "hello\n", err: "" });
    const failing = command(`${HELLO} (call $exit (i32.const 7)) ${HELLO}`);
    assert.deepEqual(await tenon(["run", failing]), { code: 7, signal: null, out: "hello\n", err: "" });
    const threaded = await tenon(["run", failing, "--timeout", "60000"]);
    assert.deepEqual(threaded, { code: 7, signal: null, out: "hello\n", err: "" });
  });

  test("an exit code that the system would cut to 0 stays a failure", async () => {
    const { code, err } = await tenon(["run", "--json", command("(call $exit (i32.const 256))")]);
    assert.equal(lastLine(err).exitCode, code);
    assert.notEqual(code, 0);
  });

  test("arguments and environment are those of the command line, and no others", async () => {
    const show = (name: string): string => `
      (drop (call $${name}_sizes_get (i32.const 16) (i32.const 20)))
      (drop (call $${name}_get (i32.const 1024) (i32.const 2048)))
      (call $write (i32.const 1) (i32.const 2048) (i32.load (i32.const 20)))`;
    const program = command(`${show("args")} ${show("environ")}`);
    const { out } = await tenon(
      [
        "run",
        program,
        "--argv0",
        "me",
        "--env",
        "A=1=2",
        "--env",
        "GIVEN",
        "--env",
        "ABSENT_ONE",
        "x",
        "--",
        "--dir",
        "y",
      ],
      { env: { GIVEN: "here", HIDDEN: "no" } },
    );
    assert.deepEqual(out.split("\0"), ["me", "x", "--dir", "y", "A=1=2", "GIVEN=here", ""]);
    const bare = await tenon(["run", program]);
    assert.match(bare.out, /^program-\d+\.wasm\0$/);
  });

  test("a folder is seen only with --dir, and changed only without :ro", async () => {
    const work = join(folder, "granted");
    mkdirSync(work);
    writeFileSync(join(work, "file"), "content");
    const [reader, writer] = [command(READ_FILE), command(WRITE_FILE)];
    assert.deepEqual((await tenon(["run", reader])).code, 3);
    const read = await tenon(["run", reader, "--dir", `${work}::/work:ro`]);
    assert.deepEqual([read.code, read.out], [0, "content"]);
    assert.equal((await tenon(["run", writer, "--dir", `${work}::/work:ro`])).code, 4);
    assert.equal(readFileSync(join(work, "file"), "utf8"), "content");
    assert.equal((await tenon(["run", writer, "--dir", `${work}::/work`])).code, 0);
    assert.equal(readFileSync(join(work, "file"), "utf8"), "hello\n");
  });

  for (const limits of [[], ["--timeout", "60000"]]) {
    test(`standard input reaches the program ${limits.join(" ")}`, async () => {
      const text = "line\n".repeat(50_000);
      const { code, out } = await runWith([command(ECHO), ...limits], text);
      assert.equal(code, 0);
      assert.ok(out === text, `${out.length} characters came back of ${text.length}`);
    });
  }

  test("--timeout ends a loop, and a program that waits for input that never comes", async () => {
    const looping = await tenon(["run", command(LOOP), "--timeout", "600", "--json"]);
    assert.deepEqual([looping.code, looping.out], [124, ""]);
    assert.equal(lastLine(looping.err).outcome, "timeout");
    const waiting = await runWith([command(ECHO), "--timeout", "600"], undefined);
    assert.equal(waiting.code, 124);
    assert.match(waiting.err, /^error: \[deadline-exceeded\] the program was still running after 600 ms;/);
  });

  test("--fuel ends a loop, and counts the same in every run", async () => {
    const dry = await tenon(["run", command(LOOP), "--fuel", "10000", "--json"]);
    assert.equal(dry.code, 134);
    assert.equal(dry.out, "");
    const { outcome, fuelUsed, error } = lastLine(dry.err);
    assert.deepEqual([outcome, fuelUsed, error?.code], ["fuel", 10_000, "resource-exhausted"]);
    const hello = command(HELLO);
    const used = async (): Promise<number | null> =>
      lastLine((await tenon(["run", hello, "--fuel", "10000", "--json"])).err).fuelUsed;
    const first = await used();
    assert.ok(first !== null && first > 0 && first < 10_000);
    assert.equal(await used(), first);
    assert.equal(lastLine((await tenon(["run", hello, "--json"])).err).fuelUsed, null);
  });

  test("--memory bounds what a program may grow to, and what it may start with", async () => {
    const grow = "(call $exit (i32.eq (memory.grow (i32.const 30)) (i32.const -1)))";
    assert.equal((await tenon(["run", command(grow), "--memory", "1"])).code, 1);
    assert.equal((await tenon(["run", command(grow), "--memory", "2"])).code, 0);
    const large = assemble(`(module (memory (export "memory") 100) (func (export "_start")))`);
    const refused = await tenon(["run", large, "--memory", "1"]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^error: \[resource-exhausted\]/);
  });

  test("a trap is 134, with the functions on its way", async () => {
    const { code, out, err } = await tenon(["run", command("(call $deep)", "(func $deep unreachable)")]);
    assert.deepEqual([code, out], [134, ""]);
    assert.match(err, /^error: \[plugin-trap\] the program trapped: unreachable;.*\n {2}in deep\n {2}in main\n/);
  });

  test(
    "a program without an end for its output ends with it",
    { skip: process.platform === "win32" && "no sh" },
    () => {
      const flood = command(`(loop $again ${HELLO} (br $again))`);
      const script = `"${process.execPath}" "${BIN}" run "${flood}" | head -n 1; echo "\${PIPESTATUS[0]}"`;
      assert.equal(spawnSync("bash", ["-c", script], { encoding: "utf8", timeout: 60_000 }).stdout, "hello\n141\n");
    },
  );

  test("what is no program is one sentence and 1, and with --json still nothing on standard output", async () => {
    const [cut, text] = [join(folder, "cut.wasm"), join(folder, "text.wat")];
    writeFileSync(cut, readFileSync(command(HELLO)).subarray(0, 60));
    writeFileSync(text, "(module)");
    const cases: readonly (readonly [string, RegExp])[] = [
      [join(folder, "absent.wasm"), /\[file-missing\] .*absent\.wasm is not there; /],
      [folder, /\[file-missing\] .* is a folder/],
      [cut, /\[artifact-invalid\] .* at byte 0x/],
      [text, /\[artifact-invalid\] .* is neither a WebAssembly module nor a component; assemble/],
      [assemble(`(module (func (export "add")))`), /\[artifact-invalid\] .* exports no _start; .*--invoke: add/],
      [
        assemble(`(module (import "env" "log" (func)) (import "${WASI}" "fd_open" (func)) (func (export "_start")))`),
        /\[function-missing\] .* imports `env.log`, `wasi_snapshot_preview1.fd_open`;/,
      ],
    ];
    for (const [file, expected] of cases) {
      const plain = await tenon(["run", file]);
      assert.deepEqual([plain.code, plain.out], [1, ""]);
      assert.match(plain.err, expected);
      assert.equal(plain.err.trimEnd().split("\n").length, 1);
    }
    const json = await tenon(["run", cut, "--json"]);
    assert.deepEqual([json.code, json.out], [1, ""]);
    assert.deepEqual([lastLine(json.err).outcome, lastLine(json.err).error?.code], ["failed", "artifact-invalid"]);
  });

  test("grants that do not read are refused before anything runs", async () => {
    const hello = command(HELLO);
    for (const args of [
      ["--dir", "::/x"],
      ["--env", "=x"],
      ["--net", "host"],
      ["--listen", "80"],
      ["--fuel", "1e3"],
      ["--memory", "0"],
    ]) {
      const { code, out, err } = await tenon(["run", hello, ...args]);
      assert.deepEqual([code, out], [2, ""], args.join(" "));
      assert.match(err, /^error: \[usage\] --/);
    }
  });

  test("--invoke calls a function with numbers and prints its results, signed", async () => {
    const math = assemble(`(module
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "both") (param i64 f64) (result i64 f64) (local.get 0) (local.get 1))
      (func (export "none")))`);
    assert.equal((await tenon(["run", math, "--invoke", "add", "--", "0xffffffff", "-1"])).out, "-2\n");
    assert.equal((await tenon(["run", math, "--invoke", "both", "18446744073709551615", "1.5"])).out, "-1\n1.5\n");
    assert.deepEqual(await tenon(["run", math, "--invoke", "none"]), { code: 0, signal: null, out: "", err: "" });
    const tooFew = await tenon(["run", math, "--invoke", "add", "1"]);
    assert.equal(tooFew.code, 2);
    assert.match(tooFew.err, /add takes 2 arguments, got 1; it is add: \(i32, i32\) -> \(i32\)/);
    assert.equal((await tenon(["run", math, "--invoke", "add", "1", "4294967296"])).code, 2);
    assert.match(
      (await tenon(["run", math, "--invoke", "sub"])).err,
      /\[function-missing\].*its functions: add, both, none/,
    );
  });
});

const PROGRAM = fileURLToPath(new URL("fixtures/wasi-program.c", import.meta.url));
const clang = spawnSync("clang", ["--version"]).status === 0 && existsSync("/usr/lib/wasm32-wasi/crt1-command.o");
const skip = !clang && process.env["CI"] !== "true" && "needs clang and wasi-libc";

test("a C program has its arguments, files, input and exit code", { skip }, async () => {
  const program = join(folder, "c.wasm");
  const built = spawnSync("clang", ["--target=wasm32-wasi", "-O1", "-o", program, PROGRAM], { encoding: "utf8" });
  assert.equal(built.status, 0, built.stderr);
  const work = join(folder, "for-c");
  mkdirSync(work);
  const { code, out, err } = await runWith([program, "--dir", `${work}::/out`, "/out/sorted"], "pear\napple\nfig\n");
  assert.deepEqual([code, out, err], [3, "3 lines\n", "c.wasm: wrote /out/sorted\n"]);
  assert.equal(readFileSync(join(work, "sorted"), "utf8"), "apple\nfig\npear\n");
});
