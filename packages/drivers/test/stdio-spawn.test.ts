import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ErrorCode } from "@tenon/contract";
import { stdioDriver, type StdioArtifact } from "@tenon/drivers/stdio";
import { createHost } from "@tenon/host";
import { conformanceContract, rejection, takeSnapshot, unchanged } from "@tenon/verify";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "tenon-spawn-"));
});
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
}

const load = (artifact: unknown): Promise<unknown> => {
  const host = createHost({ drivers: [stdioDriver] });
  const imports = {
    host: { double: () => 0, doubleLater: () => 0, broken: () => 0, reenter: () => 0, note: () => {} },
  };
  return host.load(conformanceContract, { id: "p", boundary: "stdio", artifact, imports }).finally(() => host.close());
};

const onPosix = process.platform === "win32" ? "POSIX systems only" : false;

const CASES: readonly (readonly [what: string, artifact: () => unknown, code: ErrorCode, message: RegExp])[] = [
  [
    "a program that is not in PATH",
    () => ({ command: ["tenon-no-such-program"] }),
    "file-missing",
    /program tenon-no-such-program was not found; install it/,
  ],
  [
    "a path that is not there",
    () => ({ command: [join(folder, "nothing")] }),
    "file-missing",
    /nothing was not found; check the path/,
  ],
  [
    "a folder that is not there",
    () => ({ command: ["node"], cwd: join(folder, "nowhere") }),
    "file-missing",
    /the folder .*nowhere that node should run in is missing/,
  ],
  [
    "a file without the right to be run",
    () => ({ command: [file("plain", "#!/bin/sh\n", 0o644)] }),
    "artifact-invalid",
    /plain is not executable; run: chmod \+x/,
  ],
  [
    "a script with an unknown interpreter",
    () => ({ command: [file("odd", "#!/no/such/python\n", 0o755)] }),
    "artifact-invalid",
    /odd names an interpreter in its first line that is not there/,
  ],
  [
    "a file as a folder",
    () => ({ command: [join(file("flat", "", 0o644), "program")] }),
    "file-missing",
    /not a folder/,
  ],
  [
    "arguments without end",
    () => ({ command: ["node", ...Array.from({ length: 100 }, () => "x".repeat(100_000))] }),
    "config-invalid",
    /too long for this system/,
  ],
  [
    "a plugin that calls the host while it is made",
    () => ({ command: [process.execPath, fileURLToPath(new URL("fixtures/asks-early.mjs", import.meta.url))] }),
    "start-failed",
    /the plugin calls host\.tick while it is made/,
  ],
  ["no command", () => ({}), "config-invalid", /artifact\.command must be a list of texts/],
  [
    "a command line as one text",
    () => ({ command: "node plugin.js" }),
    "config-invalid",
    /artifact\.command must be a list of texts/,
  ],
  ["an empty command", () => ({ command: [] }), "config-invalid", /artifact\.command/],
  ["a NUL", () => ({ command: ["node", "a\0b"] }), "config-invalid", /artifact\.command/],
  [
    "a relative folder",
    () => ({ command: ["node"], cwd: "plugins" }),
    "config-invalid",
    /artifact\.cwd must be an absolute path/,
  ],
  ["an environment of numbers", () => ({ command: ["node"], env: { A: 1 } }), "config-invalid", /artifact\.env/],
  ["an environment name with =", () => ({ command: ["node"], env: { "A=B": "1" } }), "config-invalid", /artifact\.env/],
  ["nothing at all", () => undefined, "config-invalid", /without an artifact/],
];

describe("a plugin that cannot be started says why", { skip: onPosix }, () => {
  for (const [what, artifact, code, message] of CASES) {
    test(what, async () => {
      const baseline = takeSnapshot();
      const error = await rejection(load(artifact()), code);
      assert.match(error.message, message);
      assert.equal(error.sideEffects, "none");
      await unchanged(baseline);
    });
  }
});

test(
  "a plugin gets a few variables of the host's environment and its own, and no more",
  { skip: onPosix },
  async () => {
    process.env["TENON_TEST_SECRET"] = "42";
    const script = file("env", '#!/bin/sh\nenv | sed "s/=.*//" | sort | tr "\\n" " " >&2\n', 0o755);
    const error = await rejection(
      load({ command: [script], env: { OWN: "1" } } satisfies StdioArtifact),
      "start-failed",
    );
    const names = error.notes
      .join(" ")
      .trim()
      .split(" ")
      .filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name));
    assert.ok(names.includes("OWN") && names.includes("PATH"), names.join());
    assert.ok(
      names.every((name) => ["PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "OWN"].includes(name)),
      names.join(),
    );
  },
);

test("no shell reads the arguments", { skip: onPosix }, async () => {
  const script = file("args", '#!/bin/sh\nprintf "%s|" "$@" >&2\n', 0o755);
  const error = await rejection(load({ command: [script, "a b", "$(id)", "; rm -rf x", "--", "*"] }), "start-failed");
  assert.deepEqual(error.notes, ["a b|$(id)|; rm -rf x|--|*|"]);
});
