// Patterns of paths: what each matches, and what it does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesPath } from "@tenon/policy";

test("patterns", () => {
  const cases: [string, string, boolean][] = [
    ["**", "a/b", true],
    ["src/**", "src", true],
    ["src/**", "src/a/b", true],
    ["src/**", "srcs/a", false],
    ["*.c", "a.c", true],
    ["*.c", "a/b.c", false],
    ["**/*.c", "b.c", true],
    ["**/*.c", "a/b/b.c", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "ab", false],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["a.c", "abc", false],
    ["(x)", "(x)", true],
  ];
  for (const [pattern, path, want] of cases) assert.equal(matchesPath(pattern, path), want, `${pattern} on ${path}`);
});
