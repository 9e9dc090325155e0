// `tenon call` through real boundaries: values, errors, plugins that misbehave, and Ctrl-C.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { ROOT, tenon, workFolder, type Outcome } from "./run.ts";

const folder = workFolder();
const WIT = join(ROOT, "contracts/conformance");
const MODULE = join(ROOT, "packages/verify/dist/plugins/conformance.js");
const SERVED = join(ROOT, "packages/verify/dist/plugins/serve-conformance.js");

const call = (...args: string[]): Promise<Outcome> => tenon(["call", MODULE, ...args]);
/** A plugin that is this Node program. */
const program = (source: string, ...args: string[]): Promise<Outcome> =>
  tenon(["call", "--wit", WIT, ...args, "--", process.execPath, "-e", source]);

describe("tenon call", { concurrency: 2 }, () => {
  test("without a function it lists them all", async () => {
    const shown = await call();
    assert.match(shown.out, /^values\.echo-u8: func\(value: u8\) -> u8$/m);
    const { functions, boundary } = JSON.parse((await call("--json", "--boundary", "worker")).out) as {
      functions: { path: string }[];
      boundary: string;
    };
    assert.equal(boundary, "worker");
    assert.ok(functions.some(({ path }) => path === "calls.spin"));
  });

  test("the same call gives the same answer behind every boundary", async () => {
    const person = '{name: "Ada", age: 36, tags: ["a", "b"]}';
    const answers = await Promise.all([
      call("echo-person", person),
      call("values.echoPerson", person, "--boundary", "worker"),
      tenon(["call", "--wit", WIT, `echo-person(${person})`, "--", process.execPath, SERVED]),
      tenon([
        "call",
        "--wit",
        WIT,
        "tenon:conformance/values@0.1.0#echo-person",
        "--args-json",
        '{"value": {"name": "Ada", "age": 36, "tags": ["a", "b"]}}',
        "--command",
        `"${process.execPath}" '${SERVED}'`,
      ]),
      tenon(["call", SERVED, "--boundary", "stdio", "--wit", WIT, "echo-person", person]),
    ]);
    for (const { out, code, err } of answers) assert.deepEqual([out, code], [`${person}\n`, 0], err);
  });

  test("a manifest chooses the boundary, and turns a command line into a plugin", async () => {
    const place = join(folder, "words");
    mkdirSync(place);
    writeFileSync(
      join(place, "words.wit"),
      "package a:words;\ninterface words {\n  upper: func(text: string) -> result<string, string>;\n}\nworld plugin {\n  export words;\n}\n",
    );
    writeFileSync(join(place, "upper.mjs"), "process.stdout.write(process.argv[2].toUpperCase());\n");
    const upper = { args: ["{base}/upper.mjs", "{text}"], exit: { "0": { ok: "{stdout}" } } };
    const manifest = {
      schema: 1,
      id: "local/words",
      version: "1.0.0",
      contracts: [{ package: "a:words", world: "plugin", wit: "${plugin}/words.wit" }],
      artifacts: [{ id: "node", boundary: "exec", program: "${node}", functions: { "words.upper": upper } }],
    };
    writeFileSync(join(place, "tenon.json"), JSON.stringify(manifest));
    for (const plugin of [place, join(place, "tenon.json")])
      assert.equal((await tenon(["call", plugin, "upper", "hello"])).out, 'ok("HELLO")\n');
    const other = await tenon(["call", place, "upper", "x", "--boundary", "worker"]);
    assert.match(other.err, /\[config-invalid\] plugin local\/words has no artifact for boundary worker/);
    const ranged = { ...manifest, contracts: [{ ...manifest.contracts[0], range: "^2" }] };
    writeFileSync(join(place, "tenon.json"), JSON.stringify(ranged));
    assert.match(
      (await tenon(["call", place, "upper", "x"])).err,
      /\[contract-mismatch\] .* names a:words\/plugin \^2/,
    );
    const chosen = await tenon(["call", place, "upper", "x", "--wit", join(place, "words.wit")]);
    assert.equal(chosen.out, 'ok("X")\n');
  });

  test("arguments are WAVE, JSON or bare texts", async () => {
    const { readArguments } = await import("../dist/call/arguments.js");
    const { findFunction } = await import("../dist/call/function.js");
    const { readWorld } = await import("../dist/contract-source.js");
    const { contract } = readWorld(WIT);
    const cases: readonly (readonly [name: string, words: string[], args: unknown[]])[] = [
      ["echo-s8", ["-5"], [-5]],
      ["echo-string", ["two words"], ["two words"]],
      ["echo-string", ['"quoted"'], ["quoted"]],
      ["echo-option", [], [undefined]],
      ["echo-option", ["7"], [7]],
      ["echo-option", ["some(7)"], [7]],
      ["echo-nested-option", [], [{ tag: "none" }]],
      ["echo-bytes", ['"AQI="'], [Uint8Array.of(1, 2)]],
      ["echo-bytes", ["[1, 2]"], [Uint8Array.of(1, 2)]],
      ["echo-f64", ["-inf"], [-Infinity]],
      ["echo-u64", ["18446744073709551615"], [2n ** 64n - 1n]],
      ["nothing", [], []],
    ];
    for (const [name, words, args] of cases)
      assert.deepEqual(readArguments(findFunction(contract, name), { words }), args, `${name} ${words.join(" ")}`);
    const negative = await call("echo-s8", "-5");
    assert.deepEqual([negative.out, negative.code], ["-5\n", 0], negative.err);
    assert.equal((await call("echo-u64", "18446744073709551615", "--json")).out, '"18446744073709551615"\n');
    assert.deepEqual((await call("nothing")).out, "");
  });

  test("a command line is cut into words as a shell would, and nothing else", async () => {
    const { splitCommand } = await import("../dist/call/target.js");
    assert.deepEqual(splitCommand(` node  "a b".js 'c "d' e\\ f $HOME * "" "x\\"y" `), [
      "node",
      "a b.js",
      'c "d',
      "e f",
      "$HOME",
      "*",
      "",
      'x"y',
    ]);
    for (const bad of ["", "  ", "'x", 'a "b', "a\\"]) assert.throws(() => splitCommand(bad), /\[usage\] --command/);
  });

  test("arguments that do not fit say what both parsers said", async () => {
    const wrong = await call("echo-u8", "300");
    assert.equal(wrong.code, 1);
    assert.match(
      wrong.err,
      /\[value-invalid\] argument value \(u8\) does not read: as WAVE: .*; as JSON: .*expected u8/,
    );
    const few = await call("echo-u8");
    assert.equal(few.code, 2);
    assert.match(few.err, /takes 1 argument, got 0: values\.echo-u8: func\(value: u8\) -> u8/);
    assert.equal((await call("echo-u8", "--args-json", "[1, 2]")).code, 2);
    assert.equal((await call("echo-u8", "1", "--args-json", "[1]")).code, 2);
    assert.match((await call("ech-u8", "1")).err, /\[function-missing\].*it is one of: .*/);
  });

  test("a plugin's own error is printed and makes exit code 1", async () => {
    const text = await call("echo-result", 'err("no")');
    assert.deepEqual([text.out, text.err, text.code], ['err("no")\n', "", 1]);
    const json = await call("echo-result", 'err("no")', "--json", "--boundary", "worker");
    assert.deepEqual([JSON.parse(json.out), json.code], [{ err: "no" }, 1]);
  });

  test("Tenon's errors are [code] lines, or JSON", async () => {
    const text = await call("fail", "oops");
    assert.deepEqual([text.out, text.code], ["", 1]);
    assert.match(text.err, /^error: \[plugin-trap\] .*oops/);
    const json = await call("fail", "oops", "--json", "--boundary", "worker");
    const error = JSON.parse(json.out) as { code: string; plugin: string; boundary: string; call: string };
    assert.deepEqual(
      [error.code, error.plugin, error.boundary, error.call],
      ["plugin-trap", "conformance", "worker", "calls.fail"],
    );
  });

  test("host functions: printed, refused, or given", async () => {
    const refused = await call("call-host", "4");
    assert.match(refused.err, /\[host-function-failed\].*host\.double.*--imports MODULE/);
    const traced = await call("wait-cancel", "1");
    assert.equal(traced.err, 'host host.note("waited")\n');
    const imports = join(folder, "imports.mjs");
    writeFileSync(imports, "export default ({ plugin }) => ({ host: { double: (n) => 2 * n + plugin.length } });\n");
    for (const boundary of ["import", "worker"])
      assert.equal((await call("call-host", "4", "--imports", imports, "--boundary", boundary)).out, "19\n");
    assert.match(
      (await call("call-host", "4", "--imports", join(folder, "none.mjs"))).err,
      /\[config-invalid\] --imports .* does not load/,
    );
  });

  test("--times sums up, --sync is for boundaries that have it", async () => {
    const times = await call("echo-u8", "7", "--times", "50", "--boundary", "worker", "--sync", "--json");
    const { result, latency } = JSON.parse(times.out) as {
      result: number;
      latency: { times: number; minNs: number; medianNs: number; maxNs: number };
    };
    assert.deepEqual([result, latency.times], [7, 50]);
    assert.ok(latency.minNs <= latency.medianNs && latency.medianNs <= latency.maxNs);
    assert.match((await call("echo-u8", "7", "--times", "3")).err, /^3 calls: median .* p99 /);
    const { err } = await tenon(["call", "--wit", WIT, "echo-u8", "1", "--sync", "--", process.execPath, SERVED]);
    assert.match(err, /\[boundary-unsupported\]/);
  });

  test("the plugin's output goes to standard error under its name", async () => {
    const { out, err } = await call("log-lines", '["one", "two\\u{1b}[31m"]', "--boundary", "worker");
    assert.equal(out, "");
    assert.equal(err, "[conformance] one\n[conformance] two\\x1b[31m\n");
  });

  test("plugins that misbehave cost one sentence", async () => {
    const cases: readonly (readonly [source: string, says: RegExp])[] = [
      ["console.log('hello there')", /\[handshake-failed\].*"hello there"/],
      ["process.exit(7)", /\[start-failed\].*exited with code 7/],
      ["setInterval(() => {}, 1000)", /\[start-failed\].*not ready within 700 ms/],
      ["for (;;) {}", /\[start-failed\].*not ready within 700 ms/],
      [
        "const flood = () => { process.stdout.write('x'.repeat(65536)); setImmediate(flood); }; flood()",
        /\[handshake-failed\]/,
      ],
      [
        `console.log(JSON.stringify({ tenon: 1, encoding: 'json-rpc', contract: 'tenon:conformance/plugin@0.1.0' })); setTimeout(() => console.log('{"jsonrpc":"2.0","id":99,"result":1}'), 100)`,
        /\[protocol-error\].*not in flight/,
      ],
    ];
    for (const [source, says] of cases) {
      const { code, out, err } = await program(source, "echo-u8", "1", "--start-timeout", "700");
      assert.deepEqual([code, out], [1, ""], source);
      assert.match(err, says);
      assert.doesNotMatch(err, /\n\s+at /);
    }
    const missing = await tenon(["call", "--wit", WIT, "echo-u8", "1", "--", "no-such-program-here"]);
    assert.match(missing.err, /\[file-missing\] program no-such-program-here was not found/);
    const spinning = await call("spin", "--boundary", "worker", "--timeout", "200");
    assert.match(spinning.err, /\[deadline-exceeded\]/);
  });

  test("a script of Lua and a WebAssembly module need no manifest, only their contract", async () => {
    const wit = join(ROOT, "packages/cli/templates/hello.wit");
    const script = join(folder, "hello.lua");
    writeFileSync(
      script,
      `return { greeter = { greet = function(name) return ok("Hello, " .. name) end,
        sum = function(numbers) local all = 0 for i = 1, #numbers do all = all + numbers[i] end return all end } }`,
    );
    const greeted = await tenon(["call", script, "--wit", wit, "greet", "Ada"]);
    assert.equal(greeted.out.trim(), 'ok("Hello, Ada")', greeted.err);
    assert.equal((await tenon(["call", script, "--wit", wit, "sum", "[1, 2, 3]"])).out.trim(), "6");
    assert.match((await tenon(["call", script])).err, /hello\.lua does not say its contract: add --wit PATH/);

    const add = join(folder, "add.wit");
    writeFileSync(add, "package t:t@1.0.0; world plugin { export add: func(a: u32, b: u32) -> u32; }");
    const [core, made] = [join(folder, "core.wasm"), join(folder, "add.wasm")];
    // (module (memory (export "memory") 1) (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
    const bytes =
      "0061736d010000000107016002 7f7f017f03020100050301000107100203616464000006 6d656d6f72790200 0a09010700200020016a0b";
    writeFileSync(core, Buffer.from(bytes.replaceAll(" ", ""), "hex"));
    for (const boundary of ["component", "wasm"]) {
      const wrapped = await tenon(["wrap", core, "--wit", add, "--to", boundary, "-o", made]);
      assert.equal(wrapped.code, 0, wrapped.err);
      const sum = await tenon(["call", made, "--wit", add, "add", "2", "3"]);
      assert.equal(sum.out.trim(), "5", sum.err);
    }
  });

  test("what names no plugin is one sentence", async () => {
    const bare = join(folder, "bare.mjs");
    writeFileSync(bare, "export default { values: {} };\n");
    const broken = join(folder, "broken");
    mkdirSync(broken);
    writeFileSync(join(broken, "tenon.json"), '{ "schema": 1 }');
    const wasm = join(folder, "x.wasm");
    writeFileSync(wasm, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const cases: readonly (readonly [args: string[], code: number, says: RegExp])[] = [
      [[], 2, /name a plugin/],
      [[join(folder, "nowhere")], 1, /\[file-missing\]/],
      [[folder], 1, /\[file-missing\] .* is a folder without a tenon\.json/],
      [[bare, "f"], 1, /\[config-invalid\] plugin bare does not say which contract/],
      [[broken], 1, /\[config-invalid\] .*tenon\.json: \$\.contracts must have at least one/],
      [[wasm], 2, /x\.wasm does not say its contract: add --wit PATH/],
      [[wasm, "echo-u8", "1", "--wit", WIT], 1, /\[artifact-invalid\] the module has no custom section/],
      [[wasm, "--wit", WIT, "--boundary", "component"], 2, /is for the wasm boundary, not for component/],
      [[MODULE, "echo-u8", "1", "--boundary", "telepathy"], 1, /\[driver-missing\].*this tenon has .*import/],
      [["--command", "node x.js", "f"], 2, /add --wit PATH/],
      [["--command", "node 'x", "--wit", WIT], 2, /check its quotes/],
    ];
    for (const [args, code, says] of cases) {
      const outcome = await tenon(["call", ...args]);
      assert.match(outcome.err, says);
      assert.equal(outcome.code, code, args.join(" "));
    }
  });

  test(
    "Ctrl-C closes the plugin and exits with 130",
    { skip: process.platform === "win32" && "no signals" },
    async () => {
      const source = `console.log(JSON.stringify({ tenon: 1, encoding: 'json-rpc', contract: 'tenon:conformance/plugin@0.1.0' })); process.on('exit', () => console.error('gone')); process.stdin.on('end', () => process.exit()).on('data', (text) => String(text).includes('sleep') && console.error('sleeping'))`;
      let isKilled = false;
      const { code, signal, err } = await tenon(
        ["call", "--wit", WIT, "calls.sleep", "60000", "--", process.execPath, "-e", source],
        {
          onError: (text, kill) => {
            if (isKilled || !text.includes("sleeping")) return;
            isKilled = true;
            kill("SIGINT");
          },
        },
      );
      assert.deepEqual([code, signal], [130, null]);
      assert.match(err, /gone/);
      assert.doesNotMatch(err, /error:/);
    },
  );

  test(
    "Ctrl-C ends calls in the command's own thread, and says what has been measured",
    { skip: process.platform === "win32" && "no signals" },
    async () => {
      const script = join(folder, "again.lua");
      writeFileSync(script, `print("running") return { api = { greet = function(name) return name end } }`);
      const wit = join(folder, "again.wit");
      writeFileSync(
        wit,
        "package t:again; interface api { greet: func(name: string) -> string; } world plugin { export api; }",
      );
      let isKilled = false;
      const args = ["call", script, "--wit", wit, "greet", "Ada", "--times", "10000000", "--json"];
      const { code, out, err } = await tenon(args, {
        onError: (text, kill) => {
          if (isKilled || !text.includes("running")) return;
          isKilled = true;
          kill("SIGINT");
        },
      });
      assert.equal(code, 130, err);
      const { code: reason, what } = JSON.parse(out) as { code: string; what: string };
      assert.equal(reason, "cancelled");
      assert.match(what, /^SIGINT ended it after \d+ of 10000000 calls$/);
    },
  );
});
