// One boundary and a probe for it -> the tests of its column in the matrix of capabilities; and the boundaries that start processes.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { execDriver } from "@tenon/drivers/exec";
import { grpcDriver } from "@tenon/drivers/grpc";
import { groupReport, SANDBOX_VARIABLE } from "@tenon/drivers/sandbox";
import { stdioDriver } from "@tenon/drivers/stdio";
import { CAPABILITIES, traitsFor, type Capability, type Enforcement } from "@tenon/host";
import { indexFunctions } from "@tenon/host/driver";
import {
  observeCapabilities,
  observeLoop,
  PROBE_WIT,
  probeContract,
  type MatrixOptions,
} from "@tenon/verify/capabilities";
import { dylibDriver } from "tenon/dylib";
import { build, COMPILERS, headerOf, lacks, type Compiler } from "./native-plugins.ts";

const SERVED = fileURLToPath(import.meta.resolve("@tenon/verify/plugins/serve-probe"));
const SERVED_BY_GRPC = fileURLToPath(import.meta.resolve("@tenon/verify/plugins/serve-grpc-probe"));
const NATIVE = fileURLToPath(new URL("../../verify/src/plugins/probe.c", import.meta.url));
const PROGRAM = fileURLToPath(new URL("probe-program.mjs", import.meta.url));
export interface Column extends MatrixOptions {
  /** Of its sandbox. */
  readonly mechanism?: string;
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

const [gcc] = COMPILERS as readonly [Compiler];
/** Why native code cannot be tried here; false where it can. */
export const native: string | false = lacks(gcc);

/** What starts a process, and so can run in a sandbox of the operating system. */
export const processes: Readonly<Record<string, Column>> = {
  stdio: { driver: stdioDriver, artifact: { command: [process.execPath, SERVED] } },
  grpc: { driver: grpcDriver, artifact: { command: [process.execPath, SERVED_BY_GRPC] } },
  exec: { driver: execDriver, artifact: exec },
  ...(native === false && { "dylib process": { driver: dylibDriver, artifact: { library: probeLibrary() } } }),
};

function probeLibrary(): string {
  const wit = join(mkdtempSync(join(tmpdir(), "tenon-probe-wit-")), "probe.wit");
  try {
    writeFileSync(wit, PROBE_WIT);
    return build(gcc, NATIVE, headerOf(wit, "probe").folder);
  } finally {
    rmSync(dirname(wit), { recursive: true });
  }
}

/** With one mechanism and no other, until what is done is settled. */
export function using<T>(mechanism: string | undefined, act: () => T): T {
  const before = process.env[SANDBOX_VARIABLE];
  if (mechanism !== undefined) process.env[SANDBOX_VARIABLE] = mechanism;
  const reset = (): void => {
    if (before === undefined) delete process.env[SANDBOX_VARIABLE];
    else process.env[SANDBOX_VARIABLE] = before;
  };
  const done = act();
  if (done instanceof Promise) void done.then(reset, reset);
  else reset();
  return done;
}

const skip = process.platform !== "linux" && "other systems do not show a process's environment to others";
/** One column of the matrix: what is seen of each capability, and of a loop. */
export function tryColumn(name: string, column: Column): void {
  describe(`capability matrix of ${name}`, { skip }, () => {
    const { enforcement } = traitsFor(column.driver, column.artifact);
    const promised = (level: Enforcement, capability: Capability): Enforcement => {
      if (level !== "sandbox") return level;
      return capability === "memory" && !groupReport().works ? "none" : "enforced";
    };
    test("what the probe reaches is what the driver declares", { timeout: 120_000 }, async (t) => {
      const { rows, audit } = await using(column.mechanism, () => observeCapabilities(column));
      const declared = rows.map(({ capability, declared: level }) => [capability, promised(level, capability)]);
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
      const observed = await (column.loop?.() ?? using(column.mechanism, () => observeLoop(column)));
      assert.equal(observed, enforcement["cpu-deadline"]);
    });
  });
}
