// CAP-MATRIX: on every boundary a probe tries every forbidden act; what it reaches is what the driver's data says, cell by cell.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { execDriver } from "@tenon/drivers/exec";
import { grpcDriver } from "@tenon/drivers/grpc";
import { importDriver } from "@tenon/drivers/import";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { CAPABILITIES, traitsFor, type AnyDriver, type Capability, type Enforcement } from "@tenon/host";
import { indexFunctions } from "@tenon/host/driver";
import { observeCapabilities, observeLoop, probeContract, type MatrixOptions } from "@tenon/verify/capabilities";
import { componentDriver } from "tenon/component";
import { luaDriver } from "tenon/lua";
import { wasmDriver } from "tenon/wasm";
import { PROBE_SCRIPT, probeComponent, probeModule } from "./probe-guest.ts";

const PLUGIN = import.meta.resolve("@tenon/verify/plugins/probe");
const SERVED = fileURLToPath(import.meta.resolve("@tenon/verify/plugins/serve-probe"));
const SERVED_BY_GRPC = fileURLToPath(import.meta.resolve("@tenon/verify/plugins/serve-grpc-probe"));
const PROGRAM = fileURLToPath(new URL("probe-program.mjs", import.meta.url));
/** Some tenths of a second on the host's thread. */
const FUEL = 50_000_000;

interface Column extends MatrixOptions {
  /** Of a loop, where trying it would hold this process. */
  readonly loop?: () => Promise<Enforcement>;
}

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const exec = {
  program: [process.execPath, PROGRAM],
  functions: Object.fromEntries(
    indexFunctions(probeContract.exports).map(({ path, function: { name, params, result } }) => [
      path,
      {
        args: [camel(name), ...params.map((param) => `{${param.name}}`)],
        stdout: result === undefined ? "log" : "text",
        exit: { "0": result === undefined ? null : "{stdout}" },
      },
    ]),
  ),
};

const columns: Readonly<Record<string, Column>> = {
  import: { driver: importDriver, artifact: { module: PLUGIN }, loop: loopInProcess },
  worker: { driver: workerDriver, artifact: { module: PLUGIN } },
  stdio: { driver: stdioDriver, artifact: { command: [process.execPath, SERVED] } },
  grpc: { driver: grpcDriver, artifact: { command: [process.execPath, SERVED_BY_GRPC] } },
  exec: { driver: execDriver, artifact: exec },
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
    console.log(await observeLoop(importDriver, { module: ${JSON.stringify(PLUGIN)} }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_code, by) => resolve(by)));
  clearTimeout(timer);
  assert.match(said, /^started/, "the child has come to the loop");
  return signal === "SIGKILL" ? "none" : (said.trim().split("\n").at(-1) as Enforcement);
}

const skip = process.platform !== "linux" && "other systems do not show a process's environment to others";
for (const [name, column] of Object.entries(columns)) {
  describe(`capability matrix of ${name}`, { skip }, () => {
    const { enforcement } = traitsFor(column.driver, column.artifact);
    const promised = (level: Enforcement): Enforcement => (level === "sandbox" ? "enforced" : level);
    test("what the probe reaches is what the driver declares", { timeout: 120_000 }, async (t) => {
      const { rows, audit } = await observeCapabilities(column);
      const declared = rows.map(({ capability, declared: level }) => [capability, promised(level)]);
      assert.deepEqual(
        rows.map(({ capability, observed }) => [capability, observed]),
        declared,
      );
      const missing = CAPABILITIES.filter((one) => !rows.some(({ capability }) => capability === one));
      const elsewhere = Object.entries(column.elsewhere ?? {});
      for (const [capability, place] of elsewhere) t.diagnostic(`${capability} is tried in ${place}`);
      const untried: readonly string[] = [
        ...elsewhere.map(([capability]) => capability),
        "cpu-deadline" satisfies Capability,
      ];
      assert.deepEqual([...missing].sort(), [...untried].sort(), "every other capability was tried");
      if (traitsFor(column.driver, column.artifact).hostCallbacks) {
        const calls = audit
          .filter(({ capability }) => capability === "host-functions")
          .map(({ argument, decision }) => `${argument} ${decision}`);
        assert.ok(calls.includes("host.listed allowed") && calls.includes("host.unlisted denied"), calls.join());
      }
    });
    test("a loop ends as the driver declares", { timeout: 120_000 }, async () => {
      const observed = await (column.loop?.() ?? observeLoop(column.driver, column.artifact));
      assert.equal(observed, enforcement["cpu-deadline"]);
    });
  });
}
