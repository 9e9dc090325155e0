// The file check sees length and machine paths, and lets pass what is long by nature.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkFiles } from "../check-files.mjs";

function check(files: Record<string, string>): { errors: string[]; warnings: string[] } {
  const root = mkdtempSync(join(tmpdir(), "tenon-files-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return checkFiles(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const lines = (count: number): string => "x\n".repeat(count);

test("300 lines pass, 301 are a note, 501 an error", () => {
  assert.deepEqual(check({ "a.ts": lines(300) }), { errors: [], warnings: [] });
  assert.deepEqual(check({ "a.ts": lines(301) }).warnings, ["a.ts: 301 lines; review it (aim for 150)"]);
  assert.deepEqual(check({ "a.ts": lines(501) }).errors, ["a.ts: 501 lines; split it (at most 500)"]);
});

test("tables, generated code, fixtures and built files may be long", () => {
  const found = check({
    "packages/a/src/unicode.table.ts": lines(900),
    "packages/a/src/api.generated.ts": lines(900),
    "packages/a/test/fixtures/long.ts": lines(900),
    "packages/a/dist/index.js": lines(900),
    "docs/page.md": lines(900),
  });
  assert.deepEqual(found, { errors: [], warnings: [] });
});

test("a path of one machine is an error with its line, in every kind of text file", () => {
  const home = ["", "root", ".cache"].join("/");
  assert.deepEqual(check({ "docs/page.md": `one\nsee ${home} there\n` }).errors, [
    "docs/page.md:2: a path of one machine; write a relative one",
  ]);
  assert.deepEqual(check({ ".ci/run": `cd "${home}"\n` }).errors.length, 1);
});

test("binary files are left alone", () => {
  assert.deepEqual(check({ "a.wasm": `\0asm "/${"root"}/.cache` }).errors, []);
});
