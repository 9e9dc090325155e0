// Mappings: what is refused when a plugin is loaded, what the rest makes of arguments and results.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { indexFunctions } from "@tenon/host/driver";
import { readArtifact } from "../dist/exec/options.js";
import { matchesGlob } from "../dist/exec/mapping/glob.js";
import { shellQuoted } from "../dist/exec/program/shell.js";

const WIT = `package t:t;
interface types {
  enum target { debug, release }
  variant problem { none-at-all, text(string), many(list<string>) }
  record request { project: string, entry: option<string>, target: target, release: bool, defines: list<tuple<string, string>>, files: list<string>, level: u8 }
  record answer { count: u64, ratio: f32, kind: target, ok: bool, note: option<string>, letter: char, sizes: list<u32>, pair: tuple<string, u8> }
  resource thing { get: func() -> u8; }
}
interface jobs {
  use types.{request, answer, problem};
  run: func(request: request) -> result<answer, problem>;
  names: func(request: request) -> list<string>;
  plain: func(text: string) -> string;
}
interface holders { use types.{thing}; take: func() -> thing; }
world jobs-world { export jobs; }
world holders-world { export holders; }`;
const { resolve } = resolveWit(WIT);
const contractOf = (world: string) =>
  contractFromResolve(
    resolve,
    resolve.worlds.findIndex(({ name }) => name === world),
  );
const exports = indexFunctions(contractOf("jobs-world").exports);

const ANSWER = { count: 1, ratio: 0.5, kind: "debug", ok: true, letter: "x", sizes: [1, 2], pair: ["a", 1] };
const good = {
  "jobs.run": { args: [], exit: { "0": { ok: ANSWER } } },
  "jobs.names": { args: [], exit: { "0": [] } },
  "jobs.plain": { args: [], exit: { "0": "{stdout}" } },
};
const REQUEST = {
  project: "/p",
  entry: undefined,
  target: "release",
  release: true,
  defines: [
    ["A", "1"],
    ["B", "2"],
  ],
  files: ["x.ts", "y.ts"],
  level: 7,
};

type Plan = ReturnType<typeof readArtifact>;
// Manifests are JSON of unknown content; that is what is under test.
const read = (functions: unknown, more: object = {}): Plan =>
  readArtifact({ program: "sh", ...more, functions } as never, { exports });
const runOf = (plan: Plan, path: string) => {
  const found = plan.functions[exports.findIndex((func) => func.path === path)];
  assert.ok(found?.kind === "run");
  return found;
};
const argsOf = (args: unknown, request: object = REQUEST): string[] =>
  runOf(read({ ...good, "jobs.run": { args, exit: { "0": { ok: ANSWER } } } }), "jobs.run").args({
    base: "/b",
    request,
  });
const resultOf = (value: unknown, facts: object = {}): unknown =>
  runOf(read({ ...good, "jobs.run": { args: [], stdout: "json", exit: { "0": value } } }), "jobs.run").exits.get(0)?.({
    request: REQUEST,
    stdout: "",
    stderr: "",
    "exit-code": 0,
    "duration-ms": 5,
    ...facts,
  });

const REFUSED: readonly (readonly [what: string, functions: unknown, message: RegExp, more?: object])[] = [
  [
    "an unknown function",
    { ...good, "jobs.rum": {} },
    /artifact\.functions\["jobs\.rum"\] is no function of the contract; the contract has/,
  ],
  [
    "an unknown key",
    { ...good, "jobs.plain": { args: [], exit: { "0": "" }, shell: true } },
    /\["jobs\.plain"\]\.shell is not known here/,
  ],
  ["an unknown key of the artifact", good, /artifact\.shel is not known here/, { shel: 1 }],
  [
    "an unknown parameter",
    { ...good, "jobs.plain": { args: ["{txt}"], exit: { "0": "" } } },
    /\.args\[0\] refers to "txt", but there is no "txt"; use base, text/,
  ],
  [
    "an unknown field",
    { ...good, "jobs.run": { args: ["{request.projekt}"], exit: { "0": { ok: ANSWER } } } },
    /request has no "projekt"; use project, entry/,
  ],
  [
    "an option without a default",
    { ...good, "jobs.run": { args: ["{request.entry}"], exit: { "0": { ok: ANSWER } } } },
    /uses request\.entry, which may be none; give a default/,
  ],
  [
    "a default for what is always there",
    { ...good, "jobs.plain": { args: ["{text|x}"], exit: { "0": "" } } },
    /always there/,
  ],
  [
    "a record as text",
    { ...good, "jobs.run": { args: ["x{request}"], exit: { "0": { ok: ANSWER } } } },
    /as text; use \{request:json\}/,
  ],
  [
    "an unknown format",
    { ...good, "jobs.plain": { args: ["{text:shell}"], exit: { "0": "" } } },
    /unknown format "shell"/,
  ],
  ["an unclosed brace", { ...good, "jobs.plain": { args: ["{text"], exit: { "0": "" } } }, /"\{" without "\}"/],
  ["output in arguments", { ...good, "jobs.plain": { args: ["{stdout}"], exit: { "0": "" } } }, /there is no "stdout"/],
  [
    "a missing record field",
    { ...good, "jobs.run": { args: [], exit: { "0": { ok: { count: 1 } } } } },
    /\.exit\["0"\]\.ok lacks "ratio"/,
  ],
  [
    "a foreign record field",
    { ...good, "jobs.run": { args: [], exit: { "0": { ok: { ...ANSWER, extra: 1 } } } } },
    /\.ok\.extra is not known/,
  ],
  [
    "a number out of range",
    { ...good, "jobs.run": { args: [], exit: { "0": { ok: { ...ANSWER, pair: ["a", 300] } } } } },
    /\.pair\[1\] does not fit u8/,
  ],
  [
    "an unknown case",
    { ...good, "jobs.run": { args: [], exit: { "1": { err: "nope" } } } },
    /is "nope", which is no case/,
  ],
  [
    "a case without its value",
    { ...good, "jobs.run": { args: [], exit: { "1": { err: "text" } } } },
    /gives text no value/,
  ],
  [
    "a value for a case without one",
    { ...good, "jobs.run": { args: [], exit: { "1": { err: { "none-at-all": 1 } } } } },
    /has none/,
  ],
  [
    "a capture that no pattern has",
    {
      ...good,
      "jobs.names": { args: [], exit: { "0": { $lines: "stderr", patterns: [{ line: "{k=a|b}", item: "{nope}" }] } } },
    },
    /no "nope"/,
  ],
  [
    "a match that forgets a case",
    {
      ...good,
      "jobs.run": {
        args: [
          { match: "request.target", cases: { debug: [] }, else: [] },
          { match: "request.target", cases: { fast: [] } },
        ],
        exit: { "0": { ok: ANSWER } },
      },
    },
    /\.cases\.fast is not a case of request\.target; use debug, release/,
  ],
  [
    "a value match without else",
    { ...good, "jobs.plain": { args: [], exit: { "0": { $match: "text", cases: { a: "b" } } } } },
    /has no branch for everything else/,
  ],
  [
    "an if on a number",
    { ...good, "jobs.run": { args: [{ if: "request.level", then: [] }], exit: { "0": { ok: ANSWER } } } },
    /which is a u8/,
  ],
  ["an exit code above 255", { ...good, "jobs.plain": { args: [], exit: { "256": "" } } }, /is no exit code/],
  ["no exit code", { ...good, "jobs.plain": { args: [], exit: {} } }, /maps no exit code/],
  [
    "a way to read stdout that is none",
    { ...good, "jobs.plain": { args: [], stdout: "xml", exit: { "0": "" } } },
    /no way to read stdout/,
  ],
  [
    "bytes into a string",
    { ...good, "jobs.plain": { args: [], stdout: "bytes", exit: { "0": { $stdout: true } } } },
    /reads stdout as bytes into a string/,
  ],
  [
    "a path into text",
    { ...good, "jobs.plain": { args: [], exit: { "0": { $stdout: "a.b" } } } },
    /is a path, and stdout is text/,
  ],
  [
    "an unknown instruction",
    { ...good, "jobs.plain": { args: [], exit: { "0": { $run: "x" } } } },
    /no known instruction/,
  ],
  [
    "an unknown pattern list",
    { ...good, "jobs.names": { args: [], exit: { "0": { $lines: "stderr", patterns: "gcc" } } } },
    /which the manifest does not have/,
  ],
  ["a list where a record is", { ...good, "jobs.run": [] }, /must be an object, is a list/],
  [
    "a name that cannot be a variable",
    { ...good, "jobs.plain": { args: [], env: { "A=B": "x" }, exit: { "0": "" } } },
    /no name of an environment variable/,
  ],
  ["an empty program", good, /artifact\.program names no program/, { program: [] }],
  [
    "endless nesting",
    { ...good, "jobs.plain": { args: [], exit: { "0": nested(5000) } } },
    /nests deeper than 64 levels/,
  ],
];

function nested(levels: number): unknown {
  let node: unknown = "x";
  for (let i = 0; i < levels; i++) node = { $if: "text", then: node, else: "" };
  return node;
}

describe("exec mappings that are refused at load", () => {
  for (const [what, functions, message, more] of REFUSED) {
    test(what, () =>
      assert.throws(() => read(functions, more), { code: "config-invalid", sideEffects: "none", message }),
    );
  }
  test("a function that is not mapped", () => {
    assert.throws(() => read({ "jobs.run": good["jobs.run"] }), {
      code: "function-missing",
      message: /jobs\.names, jobs\.plain/,
    });
  });
  test("a function with a resource", () => {
    const holders = indexFunctions(contractOf("holders-world").exports);
    assert.throws(
      () =>
        readArtifact({ program: "sh", functions: { "holders.take": { args: [], exit: {} } } }, { exports: holders }),
      { code: "boundary-unsupported" },
    );
  });
  test("names from the prototype are no names", () => {
    for (const name of ["constructor", "__proto__", "toString"]) {
      assert.throws(() => argsOf([`{${name}}`]), { code: "config-invalid" });
      assert.throws(() => argsOf([`{request.${name}}`]), { code: "config-invalid" });
    }
  });
});

describe("exec arguments", () => {
  const CASES: readonly (readonly [what: string, args: unknown, argv: readonly string[], request?: object])[] = [
    [
      "texts, numbers, enums, bools",
      ["-o", "{request.project}/{request.target}-{request.level}-{request.release}"],
      ["-o", "/p/release-7-true"],
    ],
    ["braces", ["{{{request.level}}}"], ["{7}"]],
    ["a default", ["{request.entry|main.ts}", "{request.entry:stem|main}.js"], ["main.ts", "main.js"]],
    [
      "formats of paths",
      ["{request.entry:stem|-}", "{request.entry:base|-}", "{request.entry:dir|-}"],
      ["a.b", "a.b.ts", "src/x"],
      { ...REQUEST, entry: "src/x/a.b.ts" },
    ],
    ["a list alone is spliced", ["--", "{request.files}"], ["--", "x.ts", "y.ts"]],
    [
      "if and else",
      [
        { if: "request.release", then: ["-O"], else: ["-g"] },
        { if: "!request.release", then: ["-g"] },
      ],
      ["-O"],
    ],
    [
      "an if makes an option safe to use",
      [{ if: "request.entry", then: ["{request.entry}"], else: ["none"] }],
      ["e.ts"],
      { ...REQUEST, entry: "e.ts" },
    ],
    [
      "a turned if does so in its else",
      [{ if: "!request.entry", then: ["none"], else: ["{request.entry}"] }],
      ["none"],
    ],
    [
      "match on an enum and on an option",
      [
        { match: "request.target", cases: { debug: ["-g"], release: ["-O3"] } },
        { match: "request.entry", cases: { a: ["{request.entry}"] }, else: ["other"] },
      ],
      ["-O3", "other"],
    ],
    ["each", [{ each: "request.defines", as: "d", args: ["-D", "{d.0}={d.1}"] }], ["-D", "A=1", "-D", "B=2"]],
    [
      "files and conditions together",
      [
        {
          if: {
            all: [
              "request.release",
              { any: ["z.*", "y.*"], of: "request.files" },
              { is: "request.target", value: "release" },
            ],
          },
          then: ["{match}"],
        },
      ],
      ["y.ts"],
    ],
    ["json", ["{request.defines:json}"], ['[["A","1"],["B","2"]]']],
    ["wave", ["{request.defines:wave}"], ['[("A", "1"), ("B", "2")]']],
  ];
  for (const [what, args, argv, request] of CASES) test(what, () => assert.deepEqual(argsOf(args, request), argv));

  test("a caller's text cannot become an option", () => {
    const evil = { ...REQUEST, project: "--config=/etc/passwd", files: ["ok", "-rf"], entry: "@list" };
    const refused = { code: "value-invalid", sideEffects: "none" };
    assert.throws(() => argsOf(["{request.project}"], evil), refused);
    assert.throws(() => argsOf(["{request.files}"], evil), refused);
    assert.throws(() => argsOf([{ each: "request.files", as: "f", args: ["{f}"] }], evil), refused);
    assert.deepEqual(argsOf(["--", "{request.project}"], evil), ["--", "--config=/etc/passwd"]);
    assert.deepEqual(argsOf(["{request.project:path}", "{request.entry:path|x}"], evil), [
      "./--config=/etc/passwd",
      "./@list",
    ]);
    assert.deepEqual(argsOf(["{request.project:raw}", "{request.files:raw}"], evil), [
      "--config=/etc/passwd",
      "ok",
      "-rf",
    ]);
    assert.deepEqual(argsOf(["--in={request.project}"], evil), ["--in=--config=/etc/passwd"]);
    assert.throws(() => argsOf(["{request.project}", "--"], evil), refused, "only what comes after -- is safe");
    assert.throws(() => argsOf(["--in={request.project}"], { ...REQUEST, project: "a\0b" }), refused);
  });
});

describe("exec results", () => {
  test("constants, templates and numbers of every kind", () => {
    const value = {
      ok: {
        ...ANSWER,
        count: "{duration-ms}",
        ratio: "1.5",
        kind: "{request.target}",
        ok: "{request.release}",
        note: "{stderr:line}",
        sizes: [3, "{exit-code}"],
      },
    };
    const made = resultOf(value, { stderr: "\n first \nsecond" });
    assert.deepEqual(made, {
      tag: "ok",
      val: {
        count: 5n,
        ratio: 1.5,
        kind: "release",
        ok: true,
        note: "first",
        letter: "x",
        sizes: Uint32Array.of(3, 0),
        pair: ["a", 1],
      },
    });
  });
  test("variants in both forms", () => {
    assert.deepEqual(resultOf({ err: "none-at-all" }), { tag: "err", val: { tag: "none-at-all" } });
    assert.deepEqual(resultOf({ err: { text: "no" } }), { tag: "err", val: { tag: "text", val: "no" } });
    assert.deepEqual(resultOf({ err: { tag: "text", val: "no" } }), { tag: "err", val: { tag: "text", val: "no" } });
    assert.deepEqual(resultOf({ err: { many: ["a", { $each: "request.files", as: "f", item: "<{f}>" }] } }), {
      tag: "err",
      val: { tag: "many", val: ["a", "<x.ts>", "<y.ts>"] },
    });
  });
  test("choices, lines and their fallback", () => {
    const many = {
      $lines: "stderr",
      patterns: [{ line: "{file}: {n:u32}", item: "{file:rel}={n}" }],
      else: ["{stderr:trim}"],
    };
    const value = { err: { $if: "stderr", then: { many }, else: "none-at-all" } };
    assert.deepEqual(resultOf(value), { tag: "err", val: { tag: "none-at-all" } });
    assert.deepEqual(resultOf(value, { stderr: "/w/a: 1\nb\n./c: 2\n", "%cwd": "/w" }), {
      tag: "err",
      val: { tag: "many", val: ["a=1", "c=2"] },
    });
    assert.deepEqual(resultOf(value, { stderr: "what?\n" }), { tag: "err", val: { tag: "many", val: ["what?"] } });
  });
  test("printed JSON, whole and in part, is checked", () => {
    const printed = { tool: { names: ["a", "b"], deep: { count: 1 } } };
    assert.deepEqual(resultOf({ err: { many: { $stdout: "tool.names" } } }, { "%json": printed }), {
      tag: "err",
      val: { tag: "many", val: ["a", "b"] },
    });
    assert.throws(() => resultOf({ err: { text: { $stdout: "tool.names" } } }, { "%json": printed }), {
      code: "protocol-error",
      message: /stdout\.tool\.names/,
    });
    assert.throws(() => resultOf({ err: { text: { $stdout: "constructor.name" } } }, { "%json": printed }), {
      code: "protocol-error",
    });
  });
  test("text that is no number is the program's fault", () => {
    assert.throws(() => resultOf({ ok: { ...ANSWER, count: "{stderr:trim}" } }, { stderr: "many" }), {
      code: "protocol-error",
      message: /exit\["0"\]\.ok\.count is "many", which is no u64/,
    });
    assert.throws(() => resultOf({ ok: { ...ANSWER, pair: ["", "{stderr}"] } }, { stderr: "256" }), {
      code: "protocol-error",
    });
  });
  test("files, their sizes and their absence", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "exec-files-"));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "a.js"), "12345");
    writeFileSync(join(folder, "a.js.map"), "1");
    const request = { ...REQUEST, project: folder };
    const many = { $files: "{request.project}", match: ["**/*"], except: ["*.map"], item: "{file.path}:{file.size}" };
    assert.deepEqual(resultOf({ err: { many } }, { request }), { tag: "err", val: { tag: "many", val: ["a.js:5"] } });
    const sized = resultOf(
      { ok: { ...ANSWER, count: { $size: "{request.project}/a.js" }, ok: { $exists: "{request.project}/b.js" } } },
      { request },
    );
    assert.deepEqual((sized as { val: object }).val, {
      ...ANSWER,
      count: 5n,
      ok: false,
      note: undefined,
      sizes: Uint32Array.of(1, 2),
    });
    assert.throws(() => resultOf({ ok: { ...ANSWER, count: { $size: "{request.project}/b.js" } } }, { request }), {
      code: "protocol-error",
      message: /without making/,
    });
  });
});

test("globs", () => {
  const yes = [
    ["*.ts", "a.ts"],
    ["**/*.ts", "a.ts"],
    ["**/*.ts", "x/y/a.ts"],
    ["src/**", "src/a/b"],
    ["a?c", "abc"],
    ["a/**/b", "a/b"],
    ["*a*b*", "xaxbx"],
  ] as const;
  const no = [
    ["*.ts", "x/a.ts"],
    ["a?c", "ac"],
    ["src/*", "src/a/b"],
    ["a/**/b", "a/c"],
    ["", "a"],
    ["*a*b*a*b*a*b", "a".repeat(5000)],
  ] as const;
  for (const [glob, path] of yes) assert.equal(matchesGlob(glob, path), true, `${glob} ${path}`);
  for (const [glob, path] of no) assert.equal(matchesGlob(glob, path), false, `${glob} ${path.slice(0, 20)}`);
});

test("shell quoting", () => {
  assert.equal(shellQuoted("it's $(x) `y` \n\\"), "'it'\\''s $(x) `y` \n\\'");
});
