// What `tenon new plugin` makes in one language builds, answers, and carries every type of the contract.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { arbitraryValue, seededRandom } from "@tenon/abi/testing";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { componentDriver } from "@tenon/drivers/component";
import { dylibDriver } from "tenon/dylib";
import { importDriver } from "@tenon/drivers/import";
import { luaDriver } from "@tenon/drivers/lua";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createWasmDriver } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost, type Plugin } from "@tenon/host";
import { readManifest } from "@tenon/registry";
import { builtElsewhere, missingFor, runBuild } from "../../../scripts/scaffolds.mjs";
import { ROOT, run, tenon, workFolder } from "./run.ts";

export const folder: string = workFolder();
const wasmDriver = createWasmDriver({ worker: workerDriver });
export const TSC: string = join(ROOT, "node_modules/typescript/bin/tsc");
const TRICKY = join(ROOT, "packages/cli/test/fixtures/tricky.wit");
export const WIT: string = join(ROOT, "contracts/conformance/conformance.wit");

export interface Language {
  readonly lang: string;
  /** Default: the language's first. */
  readonly boundary?: string;
  /** Run in the plugin's folder; `npm install` has nothing to do here. Default: the commands that the command gives. */
  readonly build?: readonly [program: string, ...args: string[]];
  readonly test?: readonly [program: string, ...args: string[]];
  readonly main: string;
  /** A stub in `main`: its head with its parameters, and the part that is to become the echo of them. */
  readonly stub: RegExp;
  readonly echo: (match: readonly string[]) => string;
  /** Bodies for two functions that call the host: what the stub returns, and what it is to return instead. */
  readonly callbacks: readonly (readonly [stub: RegExp, body: string])[];
}

/** What a pattern's group finds, each time. */
export const names = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), (match) => match[1] ?? "");

/** As a tuple is written where one value needs no brackets. */
export const paired: (params: readonly string[]) => string = (params) =>
  params.length === 1 ? params[0]! : `(${params.join(", ")})`;

/** Of one source for a program and a library. */
export const RUST: Pick<Language, "main" | "stub" | "echo" | "callbacks"> = {
  main: "src/lib.rs",
  stub: /(fn echo_\w+\(&self(.*)\) -> .* \{\n\s*)\/\/ Your code goes here\.\n(?:\s*let _ = .*;\n)+\s*.*/g,
  echo: ([, , list = ""]) => paired(names(list, /, (\w+): /g)),
  callbacks: [
    [/(fn call_host\(.*\n)(?:.*\n){2}\s*0/, "$1contract::host_host::double(n)"],
    [/(fn reenter\(.*\n)(?:.*\n){2}\s*0/, "$1if depth == 0 { 0 } else { contract::host_host::reenter(depth - 1) + 1 }"],
  ],
};

/** `made` is what the command printed as JSON. */
async function build({ lang, boundary, build: command }: Language, place: string, made: string): Promise<void> {
  if (command !== undefined) return must(command, place);
  if (["js", "python"].includes(lang)) return;
  const steps = (JSON.parse(made) as { readonly build: readonly string[] }).build;
  runBuild({ lang, boundary, folder: place, build: steps });
}

async function must(command: readonly [string, ...string[]] | undefined, cwd: string): Promise<void> {
  if (command === undefined) return;
  const [program, ...args] = command;
  // What is measured here is not the speed of the plugin.
  const { code, out, err } = await run(program, args, { cwd, env: { CARGO_PROFILE_RELEASE_OPT_LEVEL: "0" } });
  assert.equal(code, 0, `${command.join(" ")}\n${out}${err}`);
}

export function check(language: Language): void {
  const { lang, boundary } = language;
  const chosen = boundary === undefined ? [] : ["--boundary", boundary];
  const label = [lang, ...chosen.slice(1)].join("-");
  describe(`--lang ${[lang, ...chosen].join(" ")}`, () => {
    const byDefault = lang === "go" || lang === "assemblyscript" ? "wasm" : "stdio";
    const skip = builtElsewhere(lang) ?? missingFor(lang, boundary ?? byDefault) ?? false;

    test("the first plugin builds, passes its own tests and answers", { skip }, async () => {
      const place = join(folder, `hello-${label}`);
      const made = await tenon([
        "new",
        "plugin",
        `hello-${label}`,
        "--lang",
        lang,
        ...chosen,
        "--dir",
        place,
        "--json",
      ]);
      assert.equal(made.code, 0, made.err);
      await build(language, place, made.out);
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
        const place = join(folder, `names-${label}`);
        const args = ["--lang", lang, ...chosen, "--wit", TRICKY, "--dir", place, "--json"];
        const made = await tenon(["new", "plugin", "names", ...args]);
        assert.equal(made.code, 0, made.err);
        await build(language, place, made.out);
        const answer = await tenon(["call", place, "a.g(%none, name)"]);
        assert.equal(answer.out, "(%none, value, {m: []})\n", answer.err);
      },
    );

    test("every type of the conformance contract goes in and comes back", { skip }, async () => {
      const place = join(folder, `types-${label}`);
      const args = ["--lang", lang, ...chosen, "--wit", WIT, "--dir", place, "--json"];
      const made = await tenon(["new", "plugin", "types", ...args]);
      assert.equal(made.code, 0, made.err);
      const main = join(place, language.main);
      const stubs = readFileSync(main, "utf8");
      await build(language, place, made.out);
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
      await build(language, place, made.out);
      await exchange(place, true);
    });
  });
}

const { resolve } = resolveWit(readFileSync(WIT, "utf8"));
const contract = contractFromResolve(resolve, 0);
const values = contract.exports.find(({ key }) => key === "values")!;

/** Calls every echo function; the answers of stubs need only fit the contract, which the host checks. */
async function exchange(place: string, isEcho: boolean): Promise<void> {
  const { boundary, artifact } = readManifest(join(place, "tenon.json")).artifacts[0]!;
  const { module } = artifact;
  const host = createHost({
    drivers: [importDriver, luaDriver, stdioDriver, wasmDriver, componentDriver, dylibDriver],
    validate: true,
  });
  const double = (n: number): number => 2 * n;
  const reenter = (depth: number): unknown =>
    depth === 0 ? 0 : plugin.invoke("calls.reenter", [depth - 1]).then((deep) => Number(deep) + 1);
  const imports = { host: { double, reenter, doubleLater: double, broken: double, note: () => undefined } };
  let plugin: Plugin;
  try {
    plugin = await host.load(contract, {
      id: "types",
      boundary,
      artifact:
        boundary === "import"
          ? { module: `${pathToFileURL(String(module)).href}?${isEcho}` }
          : // On a thread of its own it can wait for the host's promises.
            { ...artifact, ...(boundary === "wasm" && { isolation: "worker" }) },
      imports,
    });
    await callAll(plugin, isEcho);
    if (!isEcho) return;
    assert.equal(await plugin.invoke("calls.call-host", [21]), 42);
    // Components are not re-entered.
    if (boundary !== "component") assert.equal(await plugin.invoke("calls.reenter", [6]), 6);
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
