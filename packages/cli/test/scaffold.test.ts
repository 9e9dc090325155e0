// `tenon new plugin` in every language: what it makes builds, answers, and carries every type of the contract.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { importDriver } from "@tenon/drivers/import";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createHost, type Plugin } from "@tenon/host";
import { readManifest } from "@tenon/registry";
import { ROOT, run, tenon, workFolder } from "./run.ts";

const folder = workFolder();
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const TRICKY = join(ROOT, "packages/cli/test/fixtures/tricky.wit");
const WIT = join(ROOT, "contracts/conformance/conformance.wit");

interface Language {
  readonly lang: string;
  /** Run in the plugin's folder; `npm install` has nothing to do here. */
  readonly build?: readonly [program: string, ...args: string[]];
  readonly test?: readonly [program: string, ...args: string[]];
  readonly needs?: readonly [program: string, ...args: string[]];
  readonly main: string;
  /** A stub in `main`: its head with its parameters, and the part that is to become the echo of them. */
  readonly stub: RegExp;
  readonly echo: (match: readonly string[]) => string;
  /** Bodies for two functions that call the host: what the stub returns, and what it is to return instead. */
  readonly callbacks: readonly (readonly [stub: RegExp, body: string])[];
}

const names = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), (match) => match[1] ?? "");
const listed = (params: readonly string[]): string => (params.length === 1 ? params[0]! : `[${params.join(", ")}]`);
const paired = (params: readonly string[]): string => (params.length === 1 ? params[0]! : `(${params.join(", ")})`);

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
    needs: ["python3", "-c", "import sys; assert sys.version_info >= (3, 10)"],
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
    needs: ["cargo", "--version"],
    main: "src/plugin.rs",
    stub: /(fn echo_\w+\(&self, host: &Host(.*)\) -> .* \{\n\s*\/\/ Your code goes here\.\n\s*)(Wire::zero\(\))/g,
    echo: ([, , list = ""]) => paired(names(list, /, (\w+): /g)),
    callbacks: [
      [/(fn call_host\(.*\n.*\n\s*)Wire::zero\(\)/, "$1contract::host_host::double(host, n)"],
      [
        /(fn reenter\(.*\n.*\n\s*)Wire::zero\(\)/,
        "$1if depth == 0 { 0 } else { contract::host_host::reenter(host, depth - 1) + 1 }",
      ],
    ],
  },
  {
    lang: "c",
    build: ["make", "CFLAGS=-O1 -Wall -Wextra -Werror"],
    needs: ["make", "--version"],
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
];

/** Why a language cannot be tried here; in CI everything must be. */
async function lacking({ needs, lang }: Language): Promise<string | false> {
  if (needs === undefined || process.env["CI"] === "true") return false;
  const [program, ...args] = needs;
  const outcome = await run(program, args).catch(() => undefined);
  return outcome?.code === 0 ? false : `no toolchain for ${lang}: ${needs.join(" ")} fails`;
}

async function must(command: readonly [string, ...string[]] | undefined, cwd: string): Promise<void> {
  if (command === undefined) return;
  const [program, ...args] = command;
  // What is measured here is not the speed of the plugin.
  const { code, out, err } = await run(program, args, { cwd, env: { CARGO_PROFILE_RELEASE_OPT_LEVEL: "0" } });
  assert.equal(code, 0, `${command.join(" ")}\n${out}${err}`);
}

describe("tenon new plugin", { concurrency: 2 }, () => LANGUAGES.forEach(check));

function check(language: Language): void {
  const { lang } = language;
  describe(`--lang ${lang}`, async () => {
    const skip = await lacking(language);

    test("the first plugin builds, passes its own tests and answers", { skip }, async () => {
      const place = join(folder, `hello-${lang}`);
      const made = await tenon(["new", "plugin", `hello-${lang}`, "--lang", lang, "--dir", place]);
      assert.equal(made.code, 0, made.err);
      await must(language.build, place);
      await must(language.test, place);
      const greeted = await tenon(["call", place, "greet", "Ada"]);
      assert.deepEqual([greeted.out, greeted.code], ['ok("Hello, Ada!")\n', 0], greeted.err);
      const refused = await tenon(["call", place, 'greeter.greet("12")', "--json"]);
      assert.equal(refused.code, 1);
      assert.match(String((JSON.parse(refused.out) as { err: string }).err), /12.* is not a name/);
    });

    test(
      "names that mean something in the language, and types of one name, do not get in the way",
      { skip },
      async () => {
        const place = join(folder, `names-${lang}`);
        const made = await tenon(["new", "plugin", "names", "--lang", lang, "--wit", TRICKY, "--dir", place]);
        assert.equal(made.code, 0, made.err);
        await must(language.build, place);
        const answer = await tenon(["call", place, "a.g(%none, name)"]);
        assert.equal(answer.out, "(%none, value, {m: []})\n", answer.err);
      },
    );

    test("every type of the conformance contract goes in and comes back", { skip }, async () => {
      const place = join(folder, `types-${lang}`);
      const made = await tenon(["new", "plugin", "types", "--lang", lang, "--wit", WIT, "--dir", place, "--json"]);
      assert.equal(made.code, 0, made.err);
      const main = join(place, language.main);
      const stubs = readFileSync(main, "utf8");
      await must(language.build, place);
      await exchange(place, false);
      let count = 0;
      let echoing = stubs.replace(language.stub, (...match: string[]) => {
        count++;
        return `${match[1]}${language.echo(match)}`;
      });
      for (const [stub, body] of language.callbacks) {
        assert.match(echoing, stub);
        echoing = echoing.replace(stub, body);
      }
      assert.ok(count >= 35, `only ${count} stubs were found in ${language.main}`);
      writeFileSync(main, echoing);
      await must(language.build, place);
      await exchange(place, true);
    });
  });
}

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

const { resolve } = resolveWit(readFileSync(WIT, "utf8"));
const contract = contractFromResolve(resolve, 0);
const values = contract.exports.find(({ key }) => key === "values")!;

/** Calls every echo function; the answers of stubs need only fit the contract, which the host checks. */
async function exchange(place: string, isEcho: boolean): Promise<void> {
  const { boundary, artifact } = readManifest(join(place, "tenon.json")).artifacts[0]!;
  const { module } = artifact;
  const host = createHost({ drivers: [importDriver, stdioDriver], validate: true });
  const double = (n: number): number => 2 * n;
  const reenter = (depth: number): unknown =>
    depth === 0 ? 0 : plugin.invoke("calls.reenter", [depth - 1]).then((deep) => Number(deep) + 1);
  const imports = { host: { double, reenter, doubleLater: double, broken: double, note: () => undefined } };
  let plugin: Plugin;
  try {
    plugin = await host.load(contract, {
      id: "types",
      boundary,
      artifact: typeof module === "string" ? { module: `${pathToFileURL(module).href}?${isEcho}` } : artifact,
      imports,
    });
    await callAll(plugin, isEcho);
    if (!isEcho) return;
    assert.equal(await plugin.invoke("calls.call-host", [21]), 42);
    assert.equal(await plugin.invoke("calls.reenter", [6]), 6);
  } finally {
    await host.close();
  }
}

async function callAll(plugin: Plugin, isEcho: boolean): Promise<void> {
  const random = seededRandom(7);
  for (const func of values.functions) {
    for (let round = 0; round < (isEcho ? 20 : 1); round++) {
      const args = func.params.map(({ type }) => arbitraryValue(type, random));
      const got = await plugin
        .invoke(`values.${func.name}`, args)
        .catch((error: unknown) => assert.fail(`${func.name}: ${String(error)}`));
      if (isEcho && func.result !== undefined) {
        assert.deepEqual(withoutNegativeZero(got), withoutNegativeZero(args.length === 1 ? args[0] : args), func.name);
      }
    }
  }
}

/** JSON text has no -0. */
function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (value instanceof Float64Array) return value.map((item) => (item === 0 ? 0 : item));
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  if (value instanceof Map)
    return new Map(Array.from(value, ([key, item]) => [key, withoutNegativeZero(item)] as const));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNegativeZero(item)]));
}
