// `tenon new plugin` in the languages whose plugins are WebAssembly, and `tenon wrap`.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { missingFor, runBuild } from "../../../scripts/scaffolds.mjs";
import { tenon } from "./run.ts";
import { check, folder, names, WIT, type Language } from "./scaffolds.ts";

const LANGUAGES: readonly Language[] = [
  {
    lang: "rust",
    boundary: "component",
    main: "src/lib.rs",
    stub: /(fn echo_\w+\(.*\) -> .* \{\n\s*\/\/ Your code goes here\.\n)\s*let _ = (.*);\n.*/g,
    echo: ([, , list = ""]) => list,
    callbacks: [
      [/(fn call_host\(n: u32\) -> u32 \{\n.*\n.*\n\s*)0/, "$1tenon::conformance::host::double(n)"],
      [
        /(fn reenter\(depth: u32\) -> u32 \{\n.*\n.*\n\s*)0/,
        "$1if depth == 0 { 0 } else { tenon::conformance::host::reenter(depth - 1) + 1 }",
      ],
    ],
  },
  {
    lang: "c",
    boundary: "wasm",
    build: ["make", "CFLAGS=-O1 -Wall -Wextra -Werror"],
    main: "plugin.c",
    stub: /(values_echo_\w+\((.*)\) \{\n\s*)\/\/ Your code goes here\.\n(?:\s*\(void\)\w+;\n)+\s*return (.*);/g,
    echo: ([, , list = "", zero = ""]) => {
      const params = names(list, / (\w+)(?=,|$)/g);
      return `return ${params.length === 1 ? params[0] : zero.replace("{0}", `{${params.join(", ")}}`)};`;
    },
    callbacks: [
      [/(calls_call_host\(.*\n.*\n.*\n\s*return )0;/, "$1host_host_double(n);"],
      [/(calls_reenter\(.*\n.*\n.*\n\s*return )0;/, "$1depth == 0 ? 0 : host_host_reenter(depth - 1) + 1;"],
    ],
  },
  {
    lang: "go",
    main: "plugin.go",
    stub: /(func ValuesEcho\w+\((.*)\) .* \{\n\s*\/\/ Your code goes here\.\n\s*return )(.*)/g,
    echo: ([, , list = "", zero = ""]) => {
      const params = names(list, /(?:^|, )(\w+) /g);
      return params.length === 1 ? params[0]! : zero.replace("{}", `{${params.join(", ")}}`);
    },
    callbacks: [
      [/(func CallsCallHost\(n uint32\) uint32 \{\n.*\n\s*return )0/, "$1HostHostDouble(n)"],
      [
        /(func CallsReenter\(depth_ uint32\) uint32 \{\n.*\n\s*)return 0/,
        "$1if depth_ == 0 {\n\t\treturn 0\n\t}\n\treturn HostHostReenter(depth_-1) + 1",
      ],
    ],
  },
  {
    lang: "assemblyscript",
    main: "assembly/plugin.ts",
    stub: /(export function valuesEcho\w+\((.*)\): .* \{\n\s*\/\/ Your code goes here\.\n\s*return )(.*);/g,
    echo: ([, , list = "", zero = ""]) => {
      const params = names(list, /(?:^|, )(\w+): /g);
      return `${params.length === 1 ? params[0] : zero.replace(/\(.*\)$/, `(${params.join(", ")})`)};`;
    },
    callbacks: [
      [/^(\/\/ The plugin.*\n)/, '$1import { hostHostDouble, hostHostReenter } from "./contract";\n'],
      [/(export function callsCallHost\(.*\n.*\n\s*return )0;/, "$1hostHostDouble(n);"],
      [/(export function callsReenter\(.*\n.*\n\s*return )0;/, "$1depth == 0 ? 0 : hostHostReenter(depth - 1) + 1;"],
    ],
  },
];

describe("tenon new plugin", () => LANGUAGES.forEach(check));

test("a component in JavaScript greets", { skip: missingFor("js", "component") ?? false }, async () => {
  const place = join(folder, "hello-js-component");
  const args = ["--lang", "js", "--boundary", "component", "--dir", place, "--json"];
  const made = await tenon(["new", "plugin", "hello", ...args]);
  assert.equal(made.code, 0, made.err);
  const { build } = JSON.parse(made.out) as { readonly build: readonly string[] };
  runBuild({ lang: "js", boundary: "component", folder: place, build });
  assert.equal((await tenon(["call", place, "greet", "Ada"])).out, 'ok("Hello, Ada!")\n');
  const refused = await tenon(["call", place, 'greeter.greet("12")']);
  assert.deepEqual([refused.out, refused.code], ['err("\\"12\\" is not a name")\n', 1], refused.err);
  assert.equal((await tenon(["call", place, "greeter.sum([1, 2, 3])"])).out, "6\n");
});

test("a map, which componentize-js cannot carry, is refused before anything is written", async () => {
  const args = ["--lang", "js", "--boundary", "component", "--wit", WIT, "--dir", join(folder, "map"), "--json"];
  const refused = await tenon(["new", "plugin", "x", ...args]);
  const { code, what } = JSON.parse(refused.out) as { readonly code: string; readonly what: string };
  assert.deepEqual([code, refused.code], ["boundary-unsupported", 1]);
  assert.match(what, /values\.echo-map has a map/);
});

test("tenon new --list says what there is, and a boundary that a language lacks is refused with what it has", async () => {
  const listed = await tenon(["new", "--list", "--json"]);
  const rows = JSON.parse(listed.out) as readonly { readonly lang: string; readonly boundaries: readonly string[] }[];
  const rust = rows.filter(({ lang }) => lang === "rust").flatMap(({ boundaries }) => boundaries);
  assert.deepEqual(rust, ["stdio", "component", "wasm"]);
  const wrong = await tenon(["new", "plugin", "x", "--lang", "go", "--boundary", "stdio"]);
  assert.match(wrong.err, /a scaffold in go runs behind wasm, not stdio/);
  assert.equal(wrong.code, 2);
});

test("tenon wrap names what a module lacks, and what is no module", async () => {
  const bare = join(folder, "bare.wasm");
  writeFileSync(bare, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const out = join(folder, "out.wasm");
  for (const to of ["component", "wasm"]) {
    const lacking = await tenon(["wrap", bare, "--wit", WIT, "--to", to, "-o", out, "--json"]);
    const { code, what } = JSON.parse(lacking.out) as { readonly code: string; readonly what: string };
    assert.deepEqual([code, lacking.code], ["function-missing", 1]);
    assert.match(what, /tenon:conformance\/values@0\.1\.0#nothing/);
    const text = await tenon(["wrap", WIT, "--wit", WIT, "--to", to, "-o", out]);
    assert.match(text.err, /\[artifact-invalid\]/);
  }
  assert.throws(() => readFileSync(out), { code: "ENOENT" });
  const gone = await tenon(["wrap", join(folder, "gone.wasm"), "--wit", WIT, "-o", out]);
  assert.match(gone.err, /\[file-missing\]/);
});
