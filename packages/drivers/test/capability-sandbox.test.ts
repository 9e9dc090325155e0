// CAP-MATRIX: every boundary that starts processes, in every sandbox of the operating system that this machine has.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { hasSandbox, mechanismReports } from "@tenon/drivers/sandbox";
import type { SandboxNeeds } from "@tenon/policy";
import { wasmDriver } from "tenon/wasm";
import { native, processes, tryColumn, using, type Column } from "./matrix-columns.ts";
import { probeModule } from "./probe-guest.ts";

/** Where the probes in JavaScript find what they import. */
const FOLDER = fileURLToPath(new URL("../../..", import.meta.url));

const confined: Readonly<Record<string, Column>> = {
  ...processes,
  // It keeps its guest by itself; the sandbox is around what keeps it.
  "wasm process": {
    driver: wasmDriver,
    artifact: { module: probeModule(), isolation: "process", fuel: 0 },
    nameOf: (name) => name,
  },
};

test("the columns of native code are tried", { skip: native }, () => {});
for (const { id, works, detail, isInstalled } of mechanismReports()) {
  // A machine may refuse what is installed; that something was not installed is CI's mistake.
  const reason =
    works || (process.env["CI"] === "true" && !isInstalled) ? false : `${id} does not work here: ${detail}`;
  test(`${id} works here, so that its columns are tried`, { skip: reason }, () => assert.ok(works, detail));
  if (!works) continue;
  for (const [name, column] of Object.entries(confined)) {
    const has = (needs: SandboxNeeds): boolean => using(id, () => hasSandbox(needs));
    const sandboxed = { sandbox: "required", hasSandbox: has } as const;
    tryColumn(`${name} in ${id}`, { ...column, folder: FOLDER, mechanism: id, sandboxed });
  }
}
