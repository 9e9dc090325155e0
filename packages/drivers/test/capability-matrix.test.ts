// CAP-MATRIX: on every boundary a probe tries every forbidden act; what it reaches is what the driver's data says, cell by cell.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { importDriver } from "@tenon/drivers/import";
import { workerDriver } from "@tenon/drivers/worker";
import type { AnyDriver, Enforcement } from "@tenon/host";
import { componentDriver } from "tenon/component";
import { luaDriver } from "tenon/lua";
import { wasmDriver } from "tenon/wasm";
import { native, processes, tryColumn, type Column } from "./matrix-columns.ts";
import { PROBE_SCRIPT, probeComponent, probeModule } from "./probe-guest.ts";

const PLUGIN = import.meta.resolve("@tenon/verify/plugins/probe");
/** Some tenths of a second on the host's thread. */
const FUEL = 50_000_000;

const columns: Readonly<Record<string, Column>> = {
  ...processes,
  import: { driver: importDriver, artifact: { module: PLUGIN }, loop: loopInProcess },
  worker: { driver: workerDriver, artifact: { module: PLUGIN } },
  ...choices(wasmDriver, (isolation) => ({
    driver: wasmDriver,
    artifact: { module: probeModule(), isolation, fuel: isolation === "inline" ? FUEL : 0 },
    nameOf: (name) => name,
  })),
  ...choices(componentDriver, (isolation) => ({
    driver: componentDriver,
    artifact: { module: probeComponent(), isolation, fuel: isolation === "inline" ? FUEL : 0 },
    readsGranted: false,
    elsewhere: {
      fs: "packages/wasi/test/preview2-vectors.test.ts",
      net: "packages/wasi/test/preview2-network.test.ts and preview2-http-policy.test.ts",
      "output-size": "packages/drivers/test/sandbox-budget.test.ts, for preview1 with the same output",
    },
  })),
  ...choices(luaDriver, (isolation) => ({
    driver: luaDriver,
    artifact: { source: PROBE_SCRIPT, isolation, fuel: isolation === "inline" ? FUEL : 0, clock: true, random: true },
    // No grant gives a script files.
    readsGranted: false,
  })),
};

function choices(driver: AnyDriver, column: (isolation: string) => Column): Readonly<Record<string, Column>> {
  return Object.fromEntries(
    Object.keys(driver.isolations ?? {}).map((choice) => [`${driver.boundary} ${choice}`, column(choice)]),
  );
}

/** A loop in the host's own thread takes the host along: whether it ends is seen from another process. */
async function loopInProcess(): Promise<Enforcement> {
  const text = `
    import { importDriver } from "@tenon/drivers/import";
    import { observeLoop } from "@tenon/verify/capabilities";
    console.log("started");
    console.log(await observeLoop({ driver: importDriver, artifact: { module: ${JSON.stringify(PLUGIN)} } }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    // Ten times the deadline of the loop, from its beginning.
    timer ??= setTimeout(() => child.kill("SIGKILL"), 1500);
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_code, by) => resolve(by)));
  clearTimeout(timer);
  assert.match(said, /^started/, "the child has come to the loop");
  return signal === "SIGKILL" ? "none" : (said.trim().split("\n").at(-1) as Enforcement);
}

test("the columns of native code are tried", { skip: native }, () => {});
for (const [name, column] of Object.entries(columns)) tryColumn(name, column);
