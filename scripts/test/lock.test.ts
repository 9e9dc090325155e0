// The lock check names the platform packages that npm left out, with the facts that their names hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingEntries } from "../check-lock.mjs";

const optional = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, "1.2.3"]));

test("only what is missing, exact and of a platform", () => {
  const lock = {
    packages: {
      "": {},
      "node_modules/tool": {
        dev: true,
        optionalDependencies: {
          ...optional(
            "@tool/binding-linux-x64-musl",
            "@tool/darwin-arm64",
            "@tool/win32-x64-msvc",
            "@tool/linux-x64",
            "fsevents",
          ),
          "@tool/linux-arm64": "^1.2.3",
        },
      },
      "node_modules/@tool/linux-x64": { version: "1.2.3" },
      "node_modules/tool/node_modules/@tool/win32-x64-msvc": { version: "1.2.3" },
    },
  };
  assert.deepEqual(missingEntries(lock), [
    [
      "node_modules/@tool/binding-linux-x64-musl",
      { version: "1.2.3", cpu: ["x64"], dev: true, libc: ["musl"], optional: true, os: ["linux"] },
    ],
    [
      "node_modules/@tool/darwin-arm64",
      { version: "1.2.3", cpu: ["arm64"], dev: true, optional: true, os: ["darwin"] },
    ],
  ]);
});
