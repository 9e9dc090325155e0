// `tenon inspect`: kinds by content, contracts of plugins, and damaged files.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { TenonError } from "@tenon/contract";
import { ROOT, tenon, workFolder } from "./run.ts";

interface Report {
  readonly kind: string;
  readonly size: number;
  readonly sha256: string;
  readonly boundaries: readonly string[];
  readonly contract?: {
    readonly id: string;
    readonly digest: string;
    readonly exports: readonly string[];
    readonly imports: readonly string[];
  };
  readonly sections?: readonly { readonly name: string; readonly custom?: string; readonly size: number }[];
  readonly imports?: readonly { readonly name: string; readonly kind: string }[];
  readonly exports?: readonly { readonly name: string; readonly kind: string }[];
  readonly artifacts?: readonly { readonly boundary: string; readonly status: string }[];
  readonly notes?: readonly string[];
}

const folder = workFolder();
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

async function report(path: string, ...more: string[]): Promise<Report> {
  const { code, out, err } = await tenon(["inspect", path, "--json", ...more]);
  assert.equal(code, 0, err + out);
  return JSON.parse(out) as Report;
}

const text = (word: string): number[] => [word.length, ...Buffer.from(word)];
const section = (id: number, ...body: number[]): number[] => [id, body.length, ...body];
const MAGIC = [0, 0x61, 0x73, 0x6d];

// A module that imports env.log (func) and env.memory, exports run, and has two custom sections.
const MODULE = Uint8Array.from([
  ...MAGIC,
  1,
  0,
  0,
  0,
  ...section(1, 1, 0x60, 0, 0),
  ...section(2, 2, ...text("env"), ...text("log"), 0, 0, ...text("env"), ...text("memory"), 2, 1, 1, 2),
  ...section(3, 1, 0),
  ...section(7, 1, ...text("run"), 0, 1),
  ...section(10, 1, 2, 0, 0x0b),
  ...section(0, ...text("producers"), 0),
  ...section(0, ...text("note"), 1, 2, 3),
]);

// A component that imports an instance and exports a function under a plain name.
const COMPONENT = Uint8Array.from([
  ...MAGIC,
  0x0d,
  0,
  1,
  0,
  ...section(7, 2, 0x42, 0, 0x40, 0, 1, 0),
  ...section(10, 1, 0, ...text("a:b/host"), 5, 0),
  ...section(11, 1, 0, ...text("run"), 1, 0, 0),
]);

describe("tenon inspect", { concurrency: 2 }, () => {
  test("a WebAssembly module, whatever it is called", async () => {
    const found = await report(file("module.txt", MODULE));
    assert.deepEqual([found.kind, found.size, found.boundaries], ["wasm-module", MODULE.length, ["wasm"]]);
    assert.deepEqual(found.imports, [
      { name: "env.log", kind: "func" },
      { name: "env.memory", kind: "memory" },
    ]);
    assert.deepEqual(found.exports, [{ name: "run", kind: "func" }]);
    assert.deepEqual(
      found.sections?.flatMap(({ custom }) => custom ?? []),
      ["producers", "note"],
    );
    // The real engine agrees that this is one.
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } };
    assert.ok(WebAssembly.validate(MODULE));
  });

  test("a component, with its sections and names", async () => {
    const found = await report(file("component.wasm", COMPONENT));
    assert.deepEqual([found.kind, found.boundaries], ["wasm-component", ["component"]]);
    assert.deepEqual(
      found.sections?.map(({ name }) => name),
      ["type", "import", "export"],
    );
    assert.deepEqual(found.imports, [{ name: "a:b/host", kind: "instance" }]);
    assert.deepEqual(found.exports, [{ name: "run", kind: "func" }]);
  });

  test("every cut and every flipped byte of a module ends in facts or in one typed error", async () => {
    const { readWasm } = (await import("../dist/inspect/wasm.js")) as {
      readWasm(bytes: Uint8Array, name: string): unknown;
    };
    const check = (bytes: Uint8Array, what: string): boolean => {
      try {
        readWasm(bytes, "x");
        return true;
      } catch (error) {
        assert.ok(
          error instanceof TenonError && error.code === "artifact-invalid" && /at byte \d+/.test(error.what),
          `${what}: ${String(error)}`,
        );
        return false;
      }
    };
    for (const whole of [MODULE, COMPONENT]) {
      assert.ok(check(whole, "whole"));
      for (let length = 8; length < whole.length; length++) check(whole.subarray(0, length), `cut at ${length}`);
      for (let at = 4; at < whole.length; at++)
        for (const bit of [1, 16, 128])
          check(
            whole.map((byte, index) => (index === at ? byte ^ bit : byte)),
            `flipped at ${at}`,
          );
    }
    assert.ok(!check(MODULE.subarray(0, 20), "cut inside a section"));
  });

  test("a truncated module is one sentence with the offset", async () => {
    const { code, out, err } = await tenon(["inspect", file("cut.wasm", MODULE.subarray(0, 30))]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(
      err,
      /^error: \[artifact-invalid\] .*cut\.wasm is a WebAssembly module but ends inside section 1 \(import\).*\(at byte \d+\); build or fetch the file again\n$/,
    );
  });

  test("a JavaScript plugin says its contract, a module its exports, a broken one why", async () => {
    const plugin = await report(join(ROOT, "packages/verify/dist/plugins/conformance.js"));
    assert.equal(plugin.contract?.id, "tenon:conformance/plugin@0.1.0");
    assert.match(plugin.contract?.digest ?? "", /^abi:sha256:[0-9a-f]{64}$/);
    assert.ok(plugin.contract?.exports.includes("values.echo-u8: func(value: u8) -> u8"));
    const module = await report(file("some.mjs", "export const a = 1;\nexport class B {}\nexport default () => {};\n"));
    assert.deepEqual(module.exports, [
      { name: "B", kind: "class" },
      { name: "a", kind: "number" },
      { name: "default", kind: "function" },
    ]);
    const broken = await report(file("broken.mjs", "export default nothing;\n"));
    assert.match(broken.notes?.[0] ?? "", /does not load: ReferenceError: nothing is not defined/);
    const wild = await report(
      file(
        "wild.mjs",
        'import { writeFileSync } from "node:fs";\nwriteFileSync("' +
          join(folder, "harm").replaceAll("\\", "/") +
          '", "");\nexport default 1;\n',
      ),
    );
    assert.match(wild.notes?.[0] ?? "", /does not load: .*restricted/);
    const left = await report(file("exits.mjs", "export default process.exit(3);\n"));
    assert.match(left.notes?.[0] ?? "", /ended its process with code 3/);
    assert.deepEqual((await report(join(folder, "wild.mjs"), "--no-load")).exports, undefined);
  });

  test("programs, scripts and other files", async () => {
    const kinds: readonly (readonly [path: string, kind: string])[] = [
      [process.execPath, { linux: "elf", darwin: "mach-o", win32: "pe" }[process.platform as string] ?? "elf"],
      [file("run", "#!/usr/bin/env -S python3 -u\nprint(1)\n"), "script"],
      [file("x.lua", "local function f(a)\n  return a\nend\n"), "lua"],
      [file("luac", Uint8Array.of(0x1b, 0x4c, 0x75, 0x61, 0x54)), "lua-bytecode"],
      [file("x.wit", "package a:b;\nworld w {}\n"), "wit"],
      [file("x.wat", "(module)"), "wat"],
      [file("x.json", "{}"), "json"],
      [file("noise.wasm", Uint8Array.of(1, 0, 2, 3)), "unknown"],
      [file("nothing.js", ""), "unknown"],
      [file("readme.md", "Hello"), "text"],
    ];
    for (const [path, kind] of kinds) assert.equal((await report(path)).kind, kind, path);
  });

  test("a manifest, held against what lies beside it", async () => {
    const place = join(folder, "plugin");
    mkdirSync(place);
    writeFileSync(
      join(place, "contract.wit"),
      "package a:b@1.0.0;\ninterface i { f: func(n: u8) -> string; }\nworld w { export i; }\n",
    );
    const manifest = {
      schema: 1,
      id: "local/x",
      version: "1.0.0",
      contracts: [
        {
          package: "a:b",
          world: "w",
          built: { version: "1.0.0", abi: `abi:sha256:${"0".repeat(64)}` },
          wit: "${plugin}/contract.wit",
        },
      ],
      artifacts: [
        { id: "here", boundary: "import", module: "${plugin}/contract.wit" },
        { id: "gone", boundary: "stdio", command: ["${node}", "${plugin}/gone.js"] },
        { id: "own", boundary: "exec", program: ["${node}", "{base}/contract.wit"] },
        { id: "none", boundary: "exec", program: "elsewhere" },
      ],
      capabilites: {},
    };
    writeFileSync(join(place, "tenon.json"), JSON.stringify(manifest));
    const found = await report(place);
    assert.equal(found.kind, "manifest");
    assert.deepEqual(found.contract?.exports, ["i.f: func(n: u8) -> string"]);
    assert.deepEqual(
      found.artifacts?.map(({ status }) => status),
      ["ok", "missing; build the plugin first", "ok", "no file of its own"],
    );
    assert.match(found.notes?.[0] ?? "", /one of them is stale/);
    assert.deepEqual(found.notes?.slice(1), ["keys that Tenon itself does not read: capabilites"]);
    const shown = await tenon(["inspect", place]);
    assert.match(shown.out, /functions \(1\)\n {4}i\.f: func\(n: u8\) -> string/);
  });

  test("nothing there, and a folder that is no plugin", async () => {
    const missing = await tenon(["inspect", join(folder, "nowhere"), "--json"]);
    assert.deepEqual([missing.code, (JSON.parse(missing.out) as { code: string }).code], [1, "file-missing"]);
    assert.match((await tenon(["inspect", join(folder, "node_modules")])).err, /a folder without a tenon\.json/);
  });
});
