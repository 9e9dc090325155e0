// Generated modules: they are formatted, compile under strict settings, say what the WIT says, and hold the contract.
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { contractFromResolve, generateTypeScript } from "@tenon/contract";
import type { Contract, GenerateOptions } from "@tenon/contract";
import { resolved } from "./contract-of.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../../..");
const SUITE = join(ROOT, "../shared/data/wit-suite/ok");
const WITS: Record<string, string> = {
  builder: join(ROOT, "contracts/builder/frozen/0.1.0/builder.wit"),
  bench: join(ROOT, "contracts/bench/bench.wit"),
  conformance: join(ROOT, "contracts/conformance/conformance.wit"),
  everything: join(HERE, "fixtures/everything.wit"),
};
const OPTIONS: GenerateOptions = { runtimeModule: "@tenon/contract" };

const folder = mkdtempSync(join(tmpdir(), "tenon-codegen-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function bin(name: string, script: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), script);
}

function generated(text: string, options: GenerateOptions = OPTIONS, world?: string): string {
  const { resolve, world: index } = resolved(text, world);
  return generateTypeScript(resolve, index, options)
    .files.map((file) => file.text)
    .join("\n");
}

function write(
  name: string,
  resolve: Parameters<typeof generateTypeScript>[0],
  world: number,
  options = OPTIONS,
): void {
  mkdirSync(join(folder, name), { recursive: true });
  for (const { path, text } of generateTypeScript(resolve, world, options).files)
    writeFileSync(join(folder, name, path), text);
}

before(() => {
  for (const [name, path] of Object.entries(WITS)) {
    const { resolve, world } = resolved(readFileSync(path, "utf8"));
    write(name, resolve, world);
  }
  const builder = resolved(readFileSync(WITS["builder"] ?? "", "utf8"));
  write("javascript", builder.resolve, builder.world, { ...OPTIONS, language: "javascript" });
  cpSync(join(HERE, "fixtures/usage.txt"), join(folder, "usage.ts"));
  mkdirSync(join(folder, "node_modules/@tenon"), { recursive: true });
  symlinkSync(join(HERE, ".."), join(folder, "node_modules/@tenon/contract"), "dir");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  if (existsSync(SUITE)) writeSuite();
});

/** Every world of the reference suite, from its resolved form. */
function writeSuite(): void {
  for (const name of readdirSync(SUITE).filter((file) => file.endsWith(".json"))) {
    const resolve = JSON.parse(readFileSync(join(SUITE, name), "utf8")) as Parameters<typeof generateTypeScript>[0];
    for (const world of resolve.worlds.keys()) write(`suite-${name.replace(/\..*/, "")}-${world}`, resolve, world);
  }
}

test("everything compiles under strict settings, and uses check", () => {
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    types: [],
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    isolatedDeclarations: true,
    declaration: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    noUnusedLocals: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
  const run = spawnSync(process.execPath, [bin("typescript", "bin/tsc"), "-p", folder], { encoding: "utf8" });
  strictEqual(run.stdout, "");
  strictEqual(run.status, 0, run.stderr);
});

test("everything is formatted as oxfmt would", () => {
  const config = join(ROOT, ".oxfmtrc.json");
  const names = readdirSync(folder).filter((name) => name !== "node_modules" && !name.includes("."));
  ok(names.length >= 5);
  execFileSync(process.execPath, [bin("oxfmt", "bin/oxfmt"), "-c", config, "--check", ...names], {
    cwd: folder,
    stdio: "pipe",
  });
});

test("the reference suite's worlds are part of it", (t) => {
  if (!existsSync(SUITE)) return t.skip("../shared/data/wit-suite is not here");
  ok(readdirSync(folder).filter((name) => name.startsWith("suite-")).length > 70);
});

describe("a generated module holds the contract", () => {
  for (const [name, path] of Object.entries(WITS)) {
    test(name, async () => {
      const { resolve, world } = resolved(readFileSync(path, "utf8"));
      const [file] = generateTypeScript(resolve, world, OPTIONS).files;
      const module = (await import(pathToFileURL(join(folder, name, file?.path ?? "")).href)) as Record<
        string,
        Contract
      >;
      deepStrictEqual(Object.values(module), [contractFromResolve(resolve, world)]);
    });
  }
  test("as plain JavaScript too", async () => {
    const module = (await import(pathToFileURL(join(folder, "javascript/plugin.js")).href)) as { plugin: Contract };
    strictEqual(module.plugin.id, "tenon:builder/plugin@0.1.0");
    ok(existsSync(join(folder, "javascript/plugin.d.ts")));
  });
});

describe("what the text says", () => {
  test("comments and gates of the WIT, and no comment ends early", () => {
    const text = readFileSync(join(folder, "everything/every-thing.ts"), "utf8");
    match(text, /\/\*\*\n \* A point\.\n \*\n \* In the plane\. A comment that ends early: \*\\\/ and `code`\.\n \*\//);
    match(text, /   \* @since 1\.1\.0\n   \* @deprecated Since 1\.2\.0\.\n   \*\/\n  total: /);
    match(text, / \* - `not-found`: There is none\.|\/\*\* - `not-found`: There is none\. \*\//);
  });

  test("the runtime module is tenon unless another is named", () => {
    const world = "package a:b; world w { export f: func(); }";
    match(generated(world, {}), /import \{ contractFromDescriptor \} from "tenon\/contract";/);
    match(generated(world, { runtimeModule: 'odd"name' }), /from "odd\\"name";/);
  });

  test("a type and an interface of one name", () => {
    const text = generated(`package a:b;
      interface counter { resource counter { constructor(); } f: func(c: counter); }
      world w { export counter; }`);
    match(text, /export interface Counter \{/);
    match(text, /export interface CounterInterface \{\n  Counter: CounterClass;/);
    match(text, /  counter: CounterInterface;/);
  });

  test("a type named like something that generated code uses gets its interface's name in front", () => {
    const text = generated(`package a:b;
      interface i { record promise { a: u8 } record uint8-array { a: u8 } enum %result { yes } f: func(p: promise, r: %result); }
      world w { export i; }`);
    match(text, /export interface IPromise \{/);
    match(text, /export type IResult = "yes";/);
    match(text, /f: \(p: IPromise, r: IResult\) => void;/);
    // WIT's `uint8-array` is Uint8Array in JavaScript.
    match(text, /export interface IUint8Array \{/);
  });

  test("a world whose name is a reserved word", () => {
    match(
      generated("package a:b; world default { export f: func(); }"),
      /export const default_: Contract<DefaultExports, /,
    );
  });

  test("two interfaces of one name", () => {
    const text = generated(`package a:b;
      package x:y { interface types { enum e { a } f: func() -> e; } }
      package z:y { interface types { enum e { b } f: func() -> e; } }
      world w { export x:y/types; export z:y/types; }`);
    match(text, /  xYTypes: XYTypes;\n  zYTypes: ZYTypes;/);
    match(text, /export type XYTypesE = "a";/);
  });

  test("interfaces that only carry types are no members", () => {
    const text = generated(`package a:b; interface types { enum e { a } }
      interface i { use types.{e}; f: func() -> e; } world w { export i; }`);
    doesNotMatch(text, /interface Types\b/);
    match(text, /export type E = "a";/);
    match(text, /export interface WImports \{\}/);
  });

  // The layout looked at all of the text again for each line: minutes for what takes a fraction of a second.
  test("a type with 50,000 parts is laid out once", () => {
    const text = generated(
      `package a:b; interface i { f: func(x: tuple<${"u8, ".repeat(49_999)}u8>) -> u8; } world w { export i; }`,
    );
    strictEqual(text.match(/^ +number,$/gm)?.length, 50_000);
  });
});
