// Line patterns on what compilers really print.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cleanLines, compileSequence, findSequences } from "../dist/exec/mapping/lines.js";
import { Here } from "../dist/exec/mapping/here.js";
import { compilePattern } from "../dist/exec/mapping/pattern.js";

const here = new Here({ place: "p", names: new Map(), present: new Set(), stdout: undefined, patterns: {}, depth: 0 });

function messages(output: string, ...lines: readonly (string | readonly string[])[]): unknown[] {
  const sequences = lines.map((line) => compileSequence(line, here));
  const found: unknown[] = [];
  findSequences(cleanLines(output), sequences, (_, captures) => found.push({ ...captures }));
  return found;
}

function matched(pattern: string, line: string): unknown {
  const into: Record<string, string | number> = {};
  return compilePattern(pattern, here).match(line, into) ? into : undefined;
}

describe("exec line patterns on compilers' own output", () => {
  test("esbuild, two lines with a blank one between and a column that counts from 0", () => {
    const output = `▲ [WARNING] Comparison with NaN using the "===" operator here is always false [equals-nan]

    src/a.ts:2:25:
      2 │ console.log(b, 1 == -0, x===NaN)
        ╵                          ~~~

  Floating-point equality is defined such that NaN is never equal to anything.

✘ [ERROR] Could not resolve "./missing"

    src/a.ts:1:16:
      1 │ import {b} from "./missing";
        ╵                 ~~~~~~~~~~~

1 warning and 1 error
`;
    const place = "    {file}:{line:u32}:{column:u32+1}:";
    const severity = "{_} [{severity=ERROR:error|WARNING:warning}]";
    assert.deepEqual(messages(output, [`${severity} {message} [{code}]`, place], [`${severity} {message}`, place]), [
      {
        severity: "warning",
        message: 'Comparison with NaN using the "===" operator here is always false',
        code: "equals-nan",
        file: "src/a.ts",
        line: 2,
        column: 26,
      },
      { severity: "error", message: 'Could not resolve "./missing"', file: "src/a.ts", line: 1, column: 17 },
    ]);
  });

  test("tsc", () => {
    const output = `src/t(1).ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.
error TS5023: Unknown compiler option '--nope'.
`;
    assert.deepEqual(
      messages(
        output,
        "{file}({line:u32},{column:u32}): {severity=error|warning} {code}: {message}",
        "{severity=error|warning} {code}: {message}",
      ),
      [
        {
          file: "src/t(1).ts",
          line: 1,
          column: 7,
          severity: "error",
          code: "TS2322",
          message: "Type 'string' is not assignable to type 'number'.",
        },
        { severity: "error", code: "TS5023", message: "Unknown compiler option '--nope'." },
      ],
    );
  });

  test("gcc and clang, in colour and with fatal errors", () => {
    const output =
      'bad.c: In function ‘main’:\n\u001b[01m\u001b[Kbad.c:4:20:\u001b[m\u001b[K \u001b[01;31m\u001b[Kerror: \u001b[m\u001b[Kexpected ‘;’ before ‘return’\n    4 |   printf("%d\\n", 1)\n      |                    ^\nbad.c:3:7: warning: unused variable ‘unused’ [-Wunused-variable]\nbad.c:1:10: fatal error: nope.h: No such file or directory\n1 warning and 2 errors generated.\n';
    const place = "{file}:{line:u32}:{column:u32}: {severity=fatal error:error|error|warning|note}";
    assert.deepEqual(messages(output, `${place}: {message} [-{code}]`, `${place}: {message}`), [
      { file: "bad.c", line: 4, column: 20, severity: "error", message: "expected ‘;’ before ‘return’" },
      {
        file: "bad.c",
        line: 3,
        column: 7,
        severity: "warning",
        message: "unused variable ‘unused’",
        code: "Wunused-variable",
      },
      { file: "bad.c", line: 1, column: 10, severity: "error", message: "nope.h: No such file or directory" },
    ]);
  });

  test("cargo, short and long form", () => {
    const short = `   Compiling demo v0.1.0 (/home/demo)
src/main.rs:4:20: error[E0425]: cannot find value \`y\` in this scope
error: could not compile \`demo\` (bin "demo") due to 2 previous errors
`;
    assert.deepEqual(
      messages(
        short,
        "{file}:{line:u32}:{column:u32}: {severity=error|warning}[{code}]: {message}",
        "{file}:{line:u32}:{column:u32}: {severity=error|warning}: {message}",
      ),
      [
        {
          file: "src/main.rs",
          line: 4,
          column: 20,
          severity: "error",
          code: "E0425",
          message: "cannot find value `y` in this scope",
        },
      ],
    );
    const long = `error[E0308]: mismatched types
 --> src/main.rs:3:18
  |
3 |     let x: i32 = "a";
`;
    assert.deepEqual(
      messages(long, ["{severity=error|warning}[{code}]: {message}", "{_}--> {file}:{line:u32}:{column:u32}"]),
      [{ severity: "error", code: "E0308", message: "mismatched types", file: "src/main.rs", line: 3, column: 18 }],
    );
  });

  test("asc, whose place stands a few lines below the message", () => {
    const output = `ERROR TS2322: Type '~lib/string/String' is not assignable to type 'i32'.
   :
 2 │ let x: i32 = "a";
   │              ~~~
   └─ in index.ts(2,16)

FAILURE 2 compile error(s)
`;
    assert.deepEqual(
      messages(output, [
        "{severity=ERROR:error|WARNING:warning|INFO:note} {code}: {message}",
        "...",
        "{_}└─ in {file}({line:u32},{column:u32})",
      ]),
      [
        {
          severity: "error",
          code: "TS2322",
          message: "Type '~lib/string/String' is not assignable to type 'i32'.",
          file: "index.ts",
          line: 2,
          column: 16,
        },
      ],
    );
  });
});

describe("exec line patterns", () => {
  test("free text reaches to the first place where the rest fits", () => {
    assert.deepEqual(matched("{file}:{line:u32}:{column:u32}: {message}", "C:\\a b.ts:3:7: x: y"), {
      file: "C:\\a b.ts",
      line: 3,
      column: 7,
      message: "x: y",
    });
    assert.deepEqual(matched("{a}-{b}", "1-2-3"), { a: "1", b: "2-3" });
    assert.deepEqual(matched("{a}.ts", "x.ts.ts"), { a: "x.ts" });
    assert.equal(matched("{a}.ts", ".ts"), undefined, "a named text has a character");
    assert.deepEqual(matched("{_}.ts", ".ts"), {});
    assert.equal(matched("{a}.ts", "x.ts "), undefined, "the whole line must match");
    assert.deepEqual(matched("{{{a}}}", "{x}"), { a: "x" });
  });

  test("numbers fit u32, words are the longest that fits", () => {
    assert.equal(matched("{n:u32}", "4294967296"), undefined);
    assert.deepEqual(matched("{n:u32}", "4294967295"), { n: 4294967295 });
    assert.equal(matched("{n:u32}", ""), undefined);
    assert.deepEqual(matched("{s=error|error note:note}: x", "error note: x"), { s: "note" });
  });

  test("bad patterns are refused with their place", () => {
    for (const bad of ["{", "{a}{b}", "{a} {a}", "{A}", "{n:f32}", "{s=a||b}"]) {
      assert.throws(
        () => compilePattern(bad, here),
        { code: "config-invalid", message: /^\[config-invalid\] p / },
        bad,
      );
    }
    assert.throws(() => compileSequence(["a", "..."], here), { code: "config-invalid" });
    assert.throws(() => compileSequence([], here), { code: "config-invalid" });
  });

  test("hostile lines and patterns take linear time and room", () => {
    const pattern = compileSequence("{a}:{b}:{c}:{d}:{e}:{f}:{n:u32}!", here);
    const lines = cleanLines(`${":".repeat(4000)}\n`.repeat(2000));
    assert.ok(lines.every((line) => line.length <= 4096) && lines.length <= 300, "the input is capped at 1 MiB");
    const steps = messages(`${"1:".repeat(2000)}\n`.repeat(500), "{a}:{n:u32}:{m:u32}:x");
    assert.deepEqual(steps, []);
    let found = 0;
    findSequences(lines, [pattern], () => found++);
    assert.equal(found, 0);
    findSequences(
      Array.from({ length: 5000 }, () => "x"),
      [compileSequence("{a}", here)],
      () => found++,
    );
    assert.equal(found, 1000, "items are capped");
    assert.equal(
      cleanLines("\u001b]8;;http://x\u001b\\link\u001b]8;;\u0007 \u001b[1;31mred\u001b[0m \u001b[").join(),
      "link red \u001b[",
    );
  });
});
