import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { buildProject, openBuilder, type BuildReport, type PluginSet } from "../dist/index.js";
import { contentOf, copyProject, edit, PROJECTS, scratchFolder } from "./scratch.ts";
import { skipsWithout } from "./toolchains.ts";
import * as demo from "../demo/projects.mjs";

const { ROWS, expectedOf, outcomeOf, prepare } = demo as {
  ROWS: { project: string; plugin: string; boundary: string; moved?: boolean }[];
  expectedOf: (project: string) => string;
  outcomeOf: (report: BuildReport) => Promise<string>;
  prepare: (plugin: string) => string | undefined;
};

const caches = scratchFolder();
// Go would compile its whole library again; what it keeps is keyed by content.
const goCache = spawnSync("go", ["env", "GOCACHE"], { encoding: "utf8" }).stdout?.trim();
if (goCache) symlinkSync(goCache, join(caches, "go-build"));
process.env["XDG_CACHE_HOME"] = caches;
for (const { plugin } of ROWS) prepare(plugin);
const builder = await openBuilder();
after(() => builder.close());

/** All other plugins are as they were when the contract was frozen for the first time. */
const YOUNG: ReadonlySet<string> = new Set(["tenon/assemblyscript", "tenon/wat"]);
const NEWEST = { version: "0.3.0", verdict: "exact" };
const OLDEST = { version: "0.1.0", verdict: "migrated" };

async function withBoundary<T>(plugin: string, boundary: string, work: (set: PluginSet) => Promise<T>): Promise<T> {
  await using set = await openBuilder({ changes: new Map([[plugin, { boundary, grants: [], denials: [] }]]) });
  return await work(set);
}

for (const { project, plugin, boundary, moved } of ROWS) {
  test(`${project} is built by ${plugin} behind ${boundary}, and what it makes is exactly right`, async (t) => {
    if (skipsWithout(t, project)) return;
    const before = contentOf(join(PROJECTS, project));
    const build = (set: PluginSet) =>
      buildProject(set, { project: join(PROJECTS, project), out: join(scratchFolder(), project) });
    const report = moved ? await withBoundary(plugin, boundary, build) : await build(builder);
    assert.equal(report.status, "built", JSON.stringify(report.diagnostics));
    assert.deepEqual([report.plugin, report.boundary], [plugin, boundary]);
    assert.deepEqual(report.builtFor, YOUNG.has(plugin) ? NEWEST : OLDEST);
    assert.ok(report.artifacts.length > 0 && report.artifacts.every((artifact) => artifact.size > 0n));
    assert.equal(await outcomeOf(report), expectedOf(project));
    // A build changes nothing but its output folder.
    assert.deepEqual(contentOf(join(PROJECTS, project)), before);
  });
}

interface Mistake {
  readonly project: string;
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly message: RegExp;
  /** Where the diagnostic stands, if not in the file and the line that were changed. */
  readonly at?: { readonly file: string; readonly line?: number };
  readonly column?: number;
}

const MISTAKES: readonly Mistake[] = [
  {
    project: "lisp",
    name: "a type error",
    file: "assembly/printer.ts",
    from: 'return "()";',
    to: "return 1;",
    message: /not assignable to type '~lib\/string\/String'/,
    column: 14,
  },
  {
    project: "lisp",
    name: "a syntax error",
    file: "assembly/environment.ts",
    from: "let scope: Environment | null = this;",
    to: "let scope: = this;",
    message: /expected/i,
  },
  {
    project: "digest",
    name: "an unknown instruction",
    file: "crc32.wat",
    from: "(i32.const 0xEDB88320)",
    to: "(i32.konst 0xEDB88320)",
    message: /unexpected token/,
  },
  {
    project: "digest",
    name: "a type error",
    file: "sieve.wat",
    from: "(i32.eqz (i32.load8_u",
    to: "(i64.eqz (i32.load8_u",
    message: /type mismatch/,
  },
  {
    project: "digest",
    name: "an import that nothing exports",
    file: "main.wat",
    from: '(import "sieve" "run"',
    to: '(import "sieve" "walk"',
    message: /module sieve does not export walk/,
    column: 3,
  },
  {
    project: "circuit",
    name: "an unknown name",
    file: "logic/gate.go",
    from: "return a != (g.Kind == Not)",
    to: "return a != (g.Knd == Not)",
    message: /g\.Knd undefined/,
    column: 18,
  },
  {
    project: "sheet",
    name: "a syntax error",
    file: "src/render.ts",
    from: "return value.toFixed(2);",
    to: "return value.toFixed(2;",
    message: /Expected "\)" but found ";"/,
    column: 25,
  },
  {
    project: "sheet",
    name: "a missing module",
    file: "src/sheet.ts",
    from: '"./parser.ts"',
    to: '"./parsr.ts"',
    message: /Could not resolve "\.\/parsr\.ts"/,
  },
  {
    project: "handbook",
    name: "a link to nowhere",
    file: "pages/joints/repair.md",
    from: "(overview.md#proportions)",
    to: "(overview.md#portions)",
    message: /no heading #portions in pages\/joints\/overview\.md/,
  },
  {
    project: "handbook",
    name: "an unknown name in a template",
    file: "templates/page.html",
    from: "{{site.footer}}",
    to: "{{site.foot}}",
    message: /there is no value site\.foot/,
  },
  {
    project: "handbook",
    name: "a row with a cell too many",
    file: "data/woods.csv",
    from: "ash,680,open",
    to: "ash,680,open,light",
    message: /4 cells where the head has 3/,
  },
  {
    project: "almanac",
    name: "a link to nowhere",
    file: "content/months/march.md",
    from: "(../index.md#at-a-glance)",
    to: "(../index.md#at-glance)",
    message: /no heading #at-glance in content\/index\.md/,
  },
  {
    project: "almanac",
    name: "an unknown variable in a mixin",
    file: "styles/_mixins.scss",
    from: "$unit * 0.5",
    to: "$units * 0.5",
    message: /there is no variable \$units/,
  },
  {
    project: "almanac",
    name: "a style sheet that does not parse",
    file: "styles/almanac.scss",
    from: "margin: 0 auto;",
    to: "margin 0 auto;",
    message: /`margin 0 auto` is not of the form name: value/,
  },
  {
    project: "kitchen",
    name: "a link to nowhere",
    file: "recipes/mushrooms.recipe",
    from: "[[dumplings]]",
    to: "[[noodles]]",
    message: /there is no recipe `noodles`/,
    column: 15,
  },
  {
    project: "kitchen",
    name: "an ingredient without its amount",
    file: "recipes/bread.recipe",
    from: "- 10 g salt",
    to: "- some salt",
    message: /`some salt` is not of the form: amount, unit, name/,
    column: 3,
  },
  {
    project: "abacus",
    name: "an unknown word in a file that is included",
    file: "numbers.fth",
    from: "2dup square <",
    to: "2dup sqaure <",
    message: /there is no word 'sqaure'/,
    column: 12,
  },
  {
    project: "abacus",
    name: "a file outside of the project",
    file: "main.fth",
    from: "include life.fth",
    to: "include ../../../../etc/hostname",
    message: /this file cannot be read: '\.\.\//,
  },
  {
    project: "matcher",
    name: "a type error",
    file: "src/machine.rs",
    from: "Instruction::Char(wanted) => *wanted == char,",
    to: "Instruction::Char(wanted) => *wanted,",
    message: /mismatched types/,
  },
  {
    project: "matcher",
    name: "a broken Cargo.toml",
    file: "Cargo.toml",
    from: "[profile.release]",
    to: "[profile.release",
    message: /table|expected|unclosed/i,
  },
  {
    project: "squeeze",
    name: "an undeclared name",
    file: "src/crc.c",
    from: "return ~crc;",
    to: "return ~crk;",
    message: /use of undeclared identifier 'crk'|'crk' undeclared/,
  },
  {
    project: "sudoku",
    name: "a name that is nowhere",
    file: "src/grid.cpp",
    from: "count += cell != 0;",
    to: "cuont += cell != 0;",
    message: /'cuont' was not declared|undeclared identifier 'cuont'/,
  },
  {
    project: "squeeze",
    name: "a function that is nowhere",
    file: "src/main.c",
    from: "pack(input->bytes, input->length, &packed);",
    to: "pakc(input->bytes, input->length, &packed);",
    message: /undefined reference to `pakc'|implicit declaration of function 'pakc'/,
  },
];

/** One for all mistakes of a project, with what it builds to as it is once it has been built. */
const copies = new Map<string, { readonly folder: string; earlier?: Record<string, string> }>();
for (const { project } of MISTAKES) if (!copies.has(project)) copies.set(project, { folder: copyProject(project) });

for (const mistake of MISTAKES) {
  const { project, name, file, from, to, message, column } = mistake;
  test(`${project} with ${name} gives the compiler's words with file and line, and leaves the earlier output as it was`, async (t) => {
    if (skipsWithout(t, project)) return;
    const copy = copies.get(project)!;
    const { folder } = copy;
    const out = join(folder, "build");
    if (copy.earlier === undefined) {
      assert.equal((await buildProject(builder, { project: folder })).status, "built");
      copy.earlier = contentOf(out);
    }
    const line = edit(folder, file, from, to);
    const report = await buildProject(builder, { project: folder });
    assert.equal(report.status, "compile-failed", report.reason ?? "");
    assert.equal(report.out, undefined);
    const found = report.diagnostics.find((one) => message.test(one.message));
    assert.ok(found, JSON.stringify(report.diagnostics));
    assert.deepEqual([found.file, found.line], [file, line], JSON.stringify(report.diagnostics));
    if (column !== undefined) assert.equal(found.column, column);
    assert.deepEqual(contentOf(out), copy.earlier);
    edit(folder, file, to, from);
  });
}

test("targets and options that a plugin does not have are refused in its own words", async () => {
  const out = join(scratchFolder(), "out");
  const refused = async (project: string, options: { target?: string; settings?: [string, string][] }) => {
    const report = await buildProject(builder, { project: join(PROJECTS, project), out, ...options });
    return [report.status, report.reason];
  };
  assert.deepEqual(await refused("digest", { target: "elf" }), ["unsupported", "there is no target elf, only wasm"]);
  assert.deepEqual(await refused("lisp", { settings: [["speed", "fast"]] }), [
    "unsupported",
    "there is no option speed",
  ]);
  assert.deepEqual(await refused("handbook", { target: "pdf" }), ["unsupported", "there is no target pdf, only html"]);
});

test("another target of the same plugin", async () => {
  const out = join(scratchFolder(), "out");
  const text = await buildProject(builder, { project: join(PROJECTS, "lisp"), out, target: "wat" });
  assert.deepEqual(
    [text.status, text.artifacts.map((artifact) => artifact.path), text.run],
    ["built", ["lisp.wat"], undefined],
  );
  const browser = await buildProject(builder, {
    project: join(PROJECTS, "sheet"),
    out,
    target: "browser",
    plugin: "esbuild",
  });
  assert.equal(browser.status, "compile-failed", "node:fs is not there in a browser");
});

test("a shared library in C", async (t) => {
  if (skipsWithout(t, "squeeze")) return;
  const report = await buildProject(builder, {
    project: join(PROJECTS, "squeeze"),
    out: join(scratchFolder(), "out"),
    target: "shared",
  });
  assert.deepEqual([report.status, report.artifacts[0]?.path, report.run], ["built", "libsqueeze.so", undefined]);
});
