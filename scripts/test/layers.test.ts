// The layer check finds each kind of forbidden import, and passes the project as it is.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkLayers, importsOf } from "../check-layers.mjs";

function problemsIn(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "tenon-layers-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return checkLayers(root).map((found) => `${found.file}: ${found.specifier} ${found.problem}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const cases: readonly { name: string; file: string; text: string; problem: RegExp | undefined }[] = [
  {
    name: "contract takes nothing of node",
    file: "packages/contract/src/a.ts",
    text: `import "node:fs";`,
    problem: /not open to contract/,
  },
  {
    name: "abi, not even lazily",
    file: "packages/abi/src/a.ts",
    text: `await import("node:fs");`,
    problem: /not open to abi/,
  },
  {
    name: "abi may import contract",
    file: "packages/abi/src/a.ts",
    text: `import { x } from "@tenon/contract";`,
    problem: undefined,
  },
  {
    name: "contract may not import abi",
    file: "packages/contract/src/a.ts",
    text: `export * from "@tenon/abi";`,
    problem: /may not import abi/,
  },
  {
    name: "types count too",
    file: "packages/host/src/a.ts",
    text: `import type { x } from "@tenon/drivers/worker";`,
    problem: /may not import drivers/,
  },
  {
    name: "host has the diagnostics channel",
    file: "packages/host/src/a.ts",
    text: `import "node:diagnostics_channel";`,
    problem: undefined,
  },
  {
    name: "host starts no processes",
    file: "packages/host/src/a.ts",
    text: `import "node:child_process";`,
    problem: /not open to host/,
  },
  {
    name: "nobody imports the command line",
    file: "apps/builder/src/a.ts",
    text: `import "@tenon/cli";`,
    problem: /apps may not import cli/,
  },
  {
    name: "nobody imports an app",
    file: "examples/one/a.ts",
    text: `import "@tenon/builder";`,
    problem: /may not import builder/,
  },
  {
    name: "drivers load libraries lazily",
    file: "packages/drivers/src/dylib/driver.ts",
    text: `await import("koffi");`,
    problem: undefined,
  },
  {
    name: "and never statically",
    file: "packages/drivers/src/dylib/driver.ts",
    text: `import koffi from "koffi";`,
    problem: /load it lazily/,
  },
  {
    name: "their types are free",
    file: "packages/drivers/src/dylib/driver.ts",
    text: `import type { X } from "koffi";`,
    problem: undefined,
  },
  {
    name: "no driver reaches into another",
    file: "packages/drivers/src/exec/driver.ts",
    text: `import "../stdio/driver.ts";`,
    problem: /another driver/,
  },
  {
    name: "nor by its name",
    file: "packages/drivers/src/exec/driver.ts",
    text: `import "@tenon/drivers/stdio";`,
    problem: /its own package/,
  },
  {
    name: "shared files are for all drivers",
    file: "packages/drivers/src/exec/driver.ts",
    text: `import "../_process/spawn.ts";`,
    problem: undefined,
  },
  {
    name: "no path leaves its package",
    file: "packages/host/src/a.ts",
    text: `import "../../abi/src/a.ts";`,
    problem: /leaves its package/,
  },
  { name: "builtins carry their prefix", file: "packages/cli/src/a.ts", text: `import "fs";`, problem: /with node:/ },
  {
    name: "an unknown package is not passed over",
    file: "packages/new/src/a.ts",
    text: `import "x";`,
    problem: /does not know/,
  },
];

for (const { name, file, text, problem } of cases) {
  test(name, () => {
    const found = problemsIn({ [file]: text });
    if (problem === undefined) assert.deepEqual(found, []);
    else assert.match(found.join("\n"), problem);
  });
}

test("a cycle of files is reported once, with its way round", () => {
  const found = problemsIn({
    "packages/host/src/a.ts": `import { b } from "./b.ts"; export const a = b;`,
    "packages/host/src/b.ts": `import { c } from "./c.ts"; export const b = c;`,
    "packages/host/src/c.ts": `import { a } from "./a.ts"; export const c = a;`,
  });
  assert.equal(found.length, 1);
  assert.match(
    found[0] ?? "",
    /a\.ts: packages\/host\/src\/b\.ts -> packages\/host\/src\/c\.ts -> packages\/host\/src\/a\.ts is a cycle/,
  );
});

test("a cycle of types alone is none", () => {
  const found = problemsIn({
    "packages/host/src/a.ts": `import type { B } from "./b.ts"; export interface A { b: B }`,
    "packages/host/src/b.ts": `import type { A } from "./a.ts"; export interface B { a: A }`,
  });
  assert.deepEqual(found, []);
});

test("text that only looks like an import is none", () => {
  const text = 'const code = `import x from "y"`; // import "z"\nexport { code };';
  assert.deepEqual(importsOf("a.ts", text), []);
});
