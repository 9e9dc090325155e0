// A core module in a child process: a program that runs it is started by the driver for programs, which is passed in.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { contractToDescriptor, TenonError } from "@tenon/contract/core";
import type { ContractDescriptor } from "@tenon/contract/core";
import type { Driver, DriverTraits, Limits, OpenContext, Session } from "@tenon/host/driver";
import { checkModule } from "./check-module.ts";
import { traits } from "./driver.ts";
import { readModule, settingsOf } from "./options.ts";
import type { WasmArtifact } from "./options.ts";

/** The driver that runs the child: `stdioDriver`, which is passed in because drivers do not import each other. */
export interface ProcessDriver {
  readonly traits: DriverTraits;
  readonly open: (artifact: { readonly command: readonly string[] }, context: OpenContext) => Promise<Session>;
}
export interface WasmProcessOptions {
  readonly stdio: ProcessDriver;
  /** The program that Node runs in the child with the path of a `ProcessStart` in JSON as its one argument. */
  readonly program: URL;
  /** The name under which policy finds it. Default `wasm`, for hosts that have no other driver of that name. */
  readonly boundary?: string;
}

/** What the program in the child is given. */
export interface ProcessStart {
  readonly pluginId: string;
  readonly contract: ContractDescriptor;
  /** The module by its path. */
  readonly artifact: WasmArtifact & { readonly module: string };
  readonly limits: Limits;
}

/** Guests in processes of their own (`isolation: "process"`), for what the engine itself cannot contain. */
export function createWasmProcessDriver({
  stdio,
  program,
  boundary = "wasm",
}: WasmProcessOptions): Driver<WasmArtifact> {
  const { encoding, syncCalls, hostCallbacks, cancellation, restartable } = stdio.traits;
  const { "cpu-deadline": cpuDeadline } = stdio.traits.enforcement;
  return {
    boundary,
    traits: {
      ...traits,
      encoding,
      syncCalls,
      hostCallbacks,
      cancellation,
      restartable,
      isolation: "process",
      enforcement: { ...traits.enforcement, "cpu-deadline": cpuDeadline },
    },
    open: async (artifact, context) => {
      const bytes = await readModule(artifact);
      settingsOf(artifact, context.limits);
      checkModule(bytes, context);
      const folder = await mkdtemp(join(tmpdir(), "tenon-wasm-"));
      try {
        const start = await writeStart(folder, bytes, artifact, context);
        return await stdio.open({ command: [process.execPath, fileURLToPath(program), start] }, context);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The very bytes that were checked, and everything that goes with them. */
async function writeStart(
  folder: string,
  bytes: Uint8Array,
  artifact: WasmArtifact,
  context: OpenContext,
): Promise<string> {
  const module = join(folder, "module.wasm");
  const start: ProcessStart = {
    pluginId: context.pluginId,
    contract: contractToDescriptor(context.contract),
    artifact: { ...artifact, module },
    limits: context.limits,
  };
  const path = join(folder, "start.json");
  try {
    await writeFile(module, bytes, { flag: "wx" });
    await writeFile(path, JSON.stringify(start), { flag: "wx" });
  } catch (thrown) {
    throw TenonError.from(thrown, "start-failed", { hint: "make room for temporary files", sideEffects: "none" });
  }
  return path;
}
