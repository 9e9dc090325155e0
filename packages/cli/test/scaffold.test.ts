// `tenon new plugin` in the languages that need no WebAssembly, and what it refuses.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { tenon } from "./run.ts";
import { check, folder, names, paired, RUST, TSC, type Language } from "./scaffolds.ts";

const listed = (params: readonly string[]): string => (params.length === 1 ? params[0]! : `[${params.join(", ")}]`);

const LANGUAGES: readonly Language[] = [
  {
    lang: "ts",
    build: [process.execPath, TSC, "-p", "."],
    test: [process.execPath, "--test", "test/plugin.test.mjs"],
    main: "src/plugin.ts",
    stub: /(echo\w+: \(([^)]*)\) => \{\n\s*\/\/ Your code goes here\.\n\s*return )(.*);/g,
    echo: ([, , list = ""]) => `${listed(list.split(", "))};`,
    callbacks: [
      [/(callHost: \(n\) => \{\n.*\n\s*return )0;/, "$1host.host.double(n);"],
      [
        /(reenter: \(depth\) => \{\n.*\n\s*return )0;/,
        "$1depth === 0 ? 0 : Promise.resolve(host.host.reenter(depth - 1)).then((deep) => deep + 1);",
      ],
    ],
  },
  {
    lang: "js",
    test: [process.execPath, "--test", "test/plugin.test.mjs"],
    main: "src/plugin.js",
    stub: /(echo\w+: \(([^)]*)\) => \{\n\s*\/\/ Your code goes here\.\n\s*return )(.*);/g,
    echo: ([, , list = ""]) => `${listed(list.split(", "))};`,
    callbacks: [
      [/(callHost: \(n\) => \{\n.*\n\s*return )0;/, "$1host.host.double(n);"],
      [
        /(reenter: \(depth\) => \{\n.*\n\s*return )0;/,
        "$1depth === 0 ? 0 : Promise.resolve(host.host.reenter(depth - 1)).then((deep) => deep + 1);",
      ],
    ],
  },
  {
    lang: "python",
    test: ["python3", "-m", "unittest"],
    main: "plugin.py",
    stub: /(def echo_\w+\((.*)\) -> .*:\n\s*(?:""".*"""\n\s*)?# Your code goes here\.\n\s*return )(.*)/g,
    echo: ([, , list = ""]) => paired(names(list, /(?:^|, )(\w+): /g)),
    callbacks: [
      [/(def call_host\(n: int\) -> int:\n.*\n.*\n\s*return )0/, "$1Host.double(n)"],
      [
        /(def reenter\(depth: int\) -> int:\n.*\n.*\n\s*return )0/,
        "$1 0 if depth == 0 else Host.reenter(depth - 1) + 1",
      ],
    ],
  },
  {
    lang: "rust",
    build: ["cargo", "build", "--release", "--quiet"],
    test: ["cargo", "test", "--release", "--quiet"],
    ...RUST,
  },
  {
    lang: "c",
    build: ["make", "CFLAGS=-O1 -Wall -Wextra -Werror"],
    main: "plugin.c",
    stub: /(values_echo_\w+\(call_t \*call(.*)\) \{\n\s*)\/\/ Your code goes here\.\n(?:\s*\(void\)\w+;\n)+\s*return (.*);/g,
    echo: ([, , list = "", zero = ""]) => {
      const params = names(list, / (\w+)(?=,|$)/g);
      return `(void)call;\n  return ${params.length === 1 ? params[0] : `${zero.replace("{0}", "")}{${params.join(", ")}}`};`;
    },
    callbacks: [
      [/(calls_call_host\(call_t.*\n.*\n.*\n.*\n\s*return )0;/, "$1host_host_double(call, n);"],
      [
        /(calls_reenter\(call_t.*\n.*\n.*\n.*\n\s*return )0;/,
        "$1depth == 0 ? 0 : host_host_reenter(call, depth - 1) + 1;",
      ],
    ],
  },
  {
    lang: "lua",
    test: [process.execPath, "--test", "test/plugin.test.mjs"],
    main: "plugin.lua",
    stub: /(function plugin\.values\.echo_\w+\((.*)\)\n  -- Your code goes here\.\n  return )(.*)/g,
    echo: ([, , list = ""]) => (list.includes(",") ? `{ ${list} }` : list),
    callbacks: [
      [/(function plugin\.calls\.call_host\(n\)\n.*\n  return )0/, "$1host.double(n)"],
      [
        /(function plugin\.calls\.reenter\(depth\)\n.*\n  return )0/,
        "$1depth == 0 and 0 or host.reenter(depth - 1) + 1",
      ],
    ],
  },
];

describe("tenon new plugin", { concurrency: 2 }, () => LANGUAGES.forEach(check));

test("tenon new plugin refuses what it cannot do, and leaves nothing behind", async () => {
  const full = join(folder, "full");
  mkdirSync(full);
  writeFileSync(join(full, "mine.txt"), "");
  const occupied = await tenon(["new", "plugin", "x", "--lang", "c", "--dir", full]);
  assert.match(occupied.err, /\[config-invalid\] .*full is there already and not empty/);
  assert.deepEqual([occupied.code, readdirSync(full)], [1, ["mine.txt"]]);
  const wit = join(full, "resource.wit");
  writeFileSync(
    wit,
    "package a:b;\ninterface i {\n  resource r {\n    m: func();\n  }\n}\nworld w {\n  export i;\n}\n",
  );
  const resource = await tenon([
    "new",
    "plugin",
    "x",
    "--lang",
    "ts",
    "--dir",
    join(full, "x"),
    "--wit",
    wit,
    "--json",
  ]);
  assert.equal((JSON.parse(resource.out) as { code: string }).code, "boundary-unsupported");
  const first = await tenon([
    "new",
    "plugin",
    "x",
    "--lang",
    "js",
    "--dir",
    join(full, "x"),
    "--boundary",
    "worker",
    "--json",
  ]);
  assert.deepEqual((JSON.parse(first.out) as { boundaries: string[] }).boundaries, ["worker", "import", "stdio"]);
  assert.deepEqual(readdirSync(full).sort(), ["mine.txt", "resource.wit", "x"]);
});
