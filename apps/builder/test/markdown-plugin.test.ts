import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { componentDriver } from "@tenon/drivers/component";
import { createHost } from "@tenon/host";
import { plugin as contract, type BuildError, type Diagnostic } from "../dist/generated/plugin.js";
import { builderHistory } from "../dist/host/history.js";
import * as sources from "../plugins/markdown/source-digest.mjs";

const { WASM, SOURCE_SECTION, sourceDigest } = sources as {
  WASM: URL;
  SOURCE_SECTION: string;
  sourceDigest: () => string;
};

const host = createHost({ drivers: [componentDriver], history: [await builderHistory()], validate: true });
after(() => host.close());
const LAYOUT = "<title>{{title}}</title>{{content}}";

type Outcome = { readonly written: ReadonlyMap<string, string> } | { readonly error: BuildError };

/**
 * Builds a project that is in memory only: there is no file that the component could have read by itself. The component was
 * built for 0.1.0, and knows neither profiles nor functions for bytes.
 */
async function build(files: Readonly<Record<string, string>>, release = false): Promise<Outcome> {
  const written = new Map<string, string>();
  const never = (): never => assert.fail("the plugin has no use for this function");
  const plugin = await host.load(contract, {
    id: "tenon/markdown",
    boundary: "component",
    artifact: { module: WASM },
    imports: {
      report: { progress: () => {}, stage: never, log: never },
      project: {
        listFiles: (folder) => ({ tag: "ok", val: Object.keys(files).filter((file) => file.startsWith(`${folder}/`)) }),
        readFile: (path) =>
          Object.hasOwn(files, path)
            ? { tag: "ok", val: Buffer.from(files[path]!) }
            : { tag: "err", val: { tag: "not-found" } },
        writeFile: (path, data) => {
          written.set(path, Buffer.from(data).toString());
          return { tag: "ok", val: undefined };
        },
        remove: never,
      },
      tools: { findTool: never, runTool: never },
    },
  });
  const profile = release ? "release" : "debug";
  const result = await plugin.builder.build({ project: "/p", profile, staging: "/out", settings: [] });
  await plugin.close();
  return result.tag === "ok" ? { written } : { error: result.val };
}

async function pageOf(markdown: string): Promise<string | undefined> {
  const outcome = await build({ "content/index.md": markdown, "layout.html": "{{content}}" });
  return "written" in outcome ? outcome.written.get("/out/index.html") : JSON.stringify(outcome.error);
}

async function cssOf(scss: string, release = false, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const files = { "content/index.md": "# x", "layout.html": LAYOUT, "styles/a.scss": scss, ...more };
  const outcome = await build(files, release);
  return ("written" in outcome ? outcome.written.get("/out/styles/a.css") : undefined) ?? JSON.stringify(outcome);
}

const PAGES: readonly (readonly [string, string, string])[] = [
  ["text is escaped", 'a < b & "c"', "<p>a &lt; b &amp; &quot;c&quot;</p>\n"],
  [
    "emphasis",
    "*a* __b__ ***c*** snake_case_name ~~d~~",
    "<p><em>a</em> <strong>b</strong> <strong><em>c</em></strong> snake_case_name <del>d</del></p>\n",
  ],
  ["marks that mark nothing", "2 * 3 * 4, \\*a\\*, **open", "<p>2 * 3 * 4, *a*, **open</p>\n"],
  ["code has no markup in it", "`*a* <b>` ``x`y``", "<p><code>*a* &lt;b&gt;</code> <code>x`y</code></p>\n"],
  [
    "headings with the same text have different ids",
    "# A b!\n\n## A *b*",
    '<h1 id="a-b">A b!</h1>\n<h2 id="a-b-1">A <em>b</em></h2>\n',
  ],
  [
    "nested lists",
    "- a\n  1. b\n  2. c\n- d",
    "<ul>\n<li>a\n<ol>\n<li>b</li>\n<li>c</li>\n</ol></li>\n<li>d</li>\n</ul>\n",
  ],
  [
    "fences keep their text",
    "```js\n<a>\n\n  *b*\n```",
    '<pre><code class="language-js">&lt;a&gt;\n\n  *b*\n</code></pre>\n',
  ],
  ["quotes hold blocks", "> a\n>\n> - b", "<blockquote>\n<p>a</p>\n<ul>\n<li>b</li>\n</ul>\n</blockquote>\n"],
  [
    "tables",
    "| a | b |\n| - | -: |\n| `x` | \\| |",
    '<table>\n<tr><th>a</th><th class="right">b</th></tr>\n<tr><td><code>x</code></td><td class="right">|</td></tr>\n</table>\n',
  ],
  [
    "links outside",
    "[*x*](https://example.org/?a&b) <https://example.org>",
    '<p><a href="https://example.org/?a&amp;b"><em>x</em></a> <a href="https://example.org">https://example.org</a></p>\n',
  ],
  [
    "white space of more than one byte",
    "-\u00a0a\n\u00a0\u00a0- b\n- c\n\u3000\u3000d",
    "<p>-\u00a0a\n- b</p>\n<ul>\n<li>c\nd</li>\n</ul>\n",
  ],
];

for (const [name, markdown, html] of PAGES) {
  test(`Markdown: ${name}`, async () => assert.equal(await pageOf(markdown), html));
}

test("SCSS: variables, nesting, mixins, arithmetic and partials", async () => {
  const scss = `@use "parts/base";
    $w: $unit * 2 + 1px; // not in the result
    @mixin box($a, $b: solid) { border: $a $b; &::before { content: "a: {b}" } }
    .a { @include box(1px); .b &, > c { width: $w; } $w: 7px; #{"--x"}: #{$w} }
    d { width: $w }`;
  const base = { "styles/parts/_base.scss": "$unit: 4px;" };
  const css = [
    ".a {\n  border: 1px solid;\n}",
    '.a::before {\n  content: "a: {b}";\n}',
    ".b .a, .a > c {\n  width: 9px;\n}",
    ".a {\n  --x: 7px;\n}",
    "d {\n  width: 9px;\n}\n",
  ];
  assert.equal(await cssOf(scss, false, base), css.join("\n"));
});

test("SCSS: a release is small, and texts in it stay as they are", async () => {
  assert.equal(
    await cssOf('a { b: c; @media (x: y) { content: ": {" } }', true),
    'a{b:c;}@media (x: y){a{content:": {";}}',
  );
});

async function mistakeOf(file: string, text: string): Promise<Pick<Diagnostic, "file" | "line" | "message">> {
  const outcome = await build({ "content/index.md": "# x", "layout.html": LAYOUT, [file]: text });
  assert.ok("error" in outcome && outcome.error.tag === "compile-failed", JSON.stringify(outcome));
  const [{ file: where, line, message } = assert.fail("no diagnostic")] = outcome.error.val;
  return { file: where, line, message };
}

const MISTAKES: readonly (readonly [string, string, number, string])[] = [
  ["content/a.md", "x\n\n```\ny", 3, "a block of code is not closed"],
  ["content/a.md", "---\ntitle: x\n", 1, "the fields at the top are not closed by ---"],
  ["content/a.md", "x\ny [z](gone.md)", 2, "there is no page content/gone.md"],
  ["content/a.md", "|a|b|\n|-|-|\n|c|", 3, "1 cells where the table has 2"],
  ["layout.html", "a\n{{b}}", 2, "there is no value b"],
  ["styles/a.scss", "a {\n  b: $c;\n}", 2, "there is no variable $c"],
  ["styles/a.scss", "\na { b: c;", 2, "a { is not closed"],
  ["styles/a.scss", "a { b: c } }", 1, "a } closes nothing"],
  ["styles/a.scss", "/* a", 1, "a comment is not closed"],
  ["styles/a.scss", "@mixin m { @include m }\na { @include m }", 1, "m includes itself"],
  ["styles/a.scss", "a { b: 1px * 2px }", 1, "1px * 2px cannot be calculated"],
  ["styles/a.scss", '@use "b";', 1, "there is no style sheet b"],
  ["styles/a.scss", "a { ".repeat(40), 1, "nested deeper than 32"],
];

for (const [file, text, line, message] of MISTAKES) {
  test(`${file}: ${message}`, async () => assert.deepEqual(await mistakeOf(file, text), { file, line, message }));
}

test("text that is nested without end is neither a crash nor markup", async () => {
  for (const deep of ["> ".repeat(5_000), "- ".repeat(5_000), "*a _b ".repeat(2_000), "[".repeat(5_000)]) {
    const outcome = await build({ "content/index.md": `${deep}x`, "layout.html": LAYOUT });
    assert.ok("written" in outcome);
  }
});

test("markdown.wasm was built from the sources beside it", () => {
  const bytes = readFileSync(fileURLToPath(WASM));
  const at = bytes.lastIndexOf(SOURCE_SECTION);
  assert.ok(at > 0);
  assert.equal(
    bytes.subarray(at + SOURCE_SECTION.length).toString(),
    sourceDigest(),
    "run npm run build:markdown -w apps/builder",
  );
});
