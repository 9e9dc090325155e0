// Decoders of text: WIT, plugin manifests, and what programs print, by the line patterns of the exec mapping.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { contractFromResolve, printWit, resolveWit } from "@tenon/contract";
import { readManifest } from "@tenon/registry";
import type { FuzzTarget } from "@tenon/verify/fuzz";
import { Here } from "../../../../drivers/dist/exec/mapping/here.js";
import { cleanLines, compileSequence, findSequences } from "../../../../drivers/dist/exec/mapping/lines.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (input: Uint8Array): string => new TextDecoder().decode(input);
const read = (path: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../../../${path}`, import.meta.url)));

export const wit: FuzzTarget = {
  name: "wit",
  codes: ["wit-invalid"],
  inputs: () => [
    read("contracts/builder/builder.wit"),
    read("contracts/bench/bench.wit"),
    ...["types", "gates", "worlds", "resources", "nested", "names"].map((name) =>
      read(`packages/contract/test/fixtures/ok/${name}.wit`),
    ),
  ],
  words:
    "package interface world import export use include with type record variant enum flags resource func static async own borrow list option result tuple map stream future constructor @since(version=1.0.0) @unstable(feature=x) %type /* */ /// -> ; { } < > :".split(
      " ",
    ),
  run: (input) => {
    const { resolve, rootPackage } = resolveWit(textOf(input));
    const digests = resolve.worlds.map((_, index) => contractFromResolve(resolve, index).digest);
    // What was understood can be written down, and is understood as the same again.
    const printed = printWit(resolve, rootPackage);
    const again = resolveWit(printed).resolve;
    assert.deepEqual(
      again.worlds.map((_, index) => contractFromResolve(again, index).digest),
      digests,
    );
    return digests;
  },
};

let folder: string | undefined;
function manifestFile(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "tenon-fuzz-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return join(folder, "tenon.json");
}

const MANIFEST = {
  schema: 1,
  id: "acme/markdown",
  version: "1.4.2",
  contracts: [{ package: "acme:md", world: "plugin", range: "^1.2", wit: "${plugin}/md.wit" }],
  artifacts: [
    { id: "js", boundary: "worker", module: "${plugin}/dist/index.js" },
    {
      id: "exe",
      boundary: "stdio",
      command: ["${node}", "${plugin}/plugin.mjs", "${project}"],
      env: { A: "${plugin}" },
    },
    { id: "cli", boundary: "exec", program: "md", functions: {} },
  ],
  capabilities: { fs: [{ path: "${project}/**", mode: "r", why: "reads" }], env: [{ name: "LANG", why: "dates" }] },
  requires: [{ program: "python3", hint: "install it" }],
  limits: { callMs: 500 },
};

export const manifest: FuzzTarget = {
  name: "manifest",
  isJson: true,
  codes: ["config-invalid"],
  inputs: () => [utf8(JSON.stringify(MANIFEST)), utf8(JSON.stringify(MANIFEST, undefined, 1))],
  words: [
    '"__proto__":',
    '"constructor":',
    "${plugin}",
    "${",
    "../",
    "/**",
    "null",
    "1e999",
    '"\\u0000"',
    "[",
    "]",
    "{}",
    "^>=~1.x ||",
  ],
  run: (input) => {
    const file = manifestFile();
    writeFileSync(file, input);
    return readManifest(file);
  },
};

const here = new Here({ place: "p", names: new Map(), present: new Set(), stdout: undefined, patterns: {}, depth: 0 });
/** Above it the patterns, below it what the program printed. */
const RULE = "\n----\n";

export const execPatterns: FuzzTarget = {
  name: "exec-patterns",
  codes: ["config-invalid"],
  inputs: () =>
    [
      `{file}:{line:u32}:{column:u32}: {severity=error|warning}: {message}${RULE}a.c:1:2: error: no ;\nb.c:3:4: warning: x`,
      `{_}[{severity=WARNING|ERROR}] {message}\n...\n    {file}:{line:u32}:{column:u32+1}:${RULE}\u001b[31m[WARNING] odd\u001b[0m\n\n    src/a.ts:2:25:`,
      `{{{a}}}\n{b} {c} {d} {e} {f}${RULE}{x}\n${"a ".repeat(300)}`,
      `{a}a{b}a{c}a{d}a{e}ab${RULE}${"a".repeat(2000)}`,
    ].map(utf8),
  words: ["{_}", "{a}", "{n:u32}", "{n:u32+1}", "{w=a|b}", "{{", "}}", "...", "\u001b[", "\u001b]0;", "\u0007", RULE],
  run: (input) => {
    const [above = "", below = ""] = textOf(input).split(RULE, 2);
    const sequence = compileSequence(above.split("\n"), here);
    const found: object[] = [];
    findSequences(cleanLines(below), [sequence], (_, captures) => found.push({ ...captures }));
    return found;
  },
};
