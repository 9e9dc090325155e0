// The `dylib` boundary: a shared library behind a C ABI that is made from the contract, in a process of its own or by trust here.
import process from "node:process";
import { TenonError, type Contract } from "@tenon/contract/core";
import { offersOf, speaking } from "@tenon/host/driver";
import type { Driver, DriverTraits, OpenContext, Session } from "@tenon/host/driver";
import { openProcess } from "../_wasm/process.ts";
import type { ProcessRunner } from "../_wasm/process.ts";
import { contractOfBytes } from "./contract-of.ts";
import { NativeInstance } from "./instance.ts";
import { loadKoffi, requireKoffi } from "./koffi.ts";
import { loadLibrary } from "./library.ts";
import { checkTrust, readLibrary } from "./options.ts";
import type { DylibArtifact } from "./options.ts";
import { InlineSession } from "./session.ts";

const inline: DriverTraits = {
  encoding: "memory",
  isolation: "none",
  syncCalls: true,
  hostCallbacks: true,
  resources: false,
  streams: false,
  cancellation: "cooperative",
  restartable: true,
  enforcement: {
    fs: "none",
    net: "none",
    env: "none",
    clock: "none",
    random: "none",
    subprocess: "none",
    "host-functions": "enforced",
    "cpu-deadline": "none",
    memory: "none",
    "output-size": "none",
  },
};

export interface DylibOptions {
  /** What runs `isolation: "process"`; without it the driver has `inline` only. */
  readonly process?: ProcessRunner;
}

/** The `dylib` boundary. Native code runs in a child process unless policy trusts its very digest. */
export function createDylibDriver({ process: runner }: DylibOptions = {}): Driver<DylibArtifact> {
  if (runner === undefined) return { boundary: "dylib", traits: inline, isolations: { inline }, open: openInline };
  const { traits } = runner.stdio;
  const isolated: DriverTraits = { ...traits, resources: false, streams: false, isolation: "process" };
  return {
    boundary: "dylib",
    traits: isolated,
    isolations: { process: isolated, inline },
    open: async (artifact, context) => {
      if (artifact?.isolation === "inline") return await openInline(artifact, context);
      const { bytes } = await readLibrary(artifact);
      requireKoffi();
      const own = speaking(context, contractOfBytes(bytes, offersOf(context)));
      // The child has it under the name that programs of ours have for what they run.
      return await openProcess(runner, { boundary: "dylib", artifact: { module: bytes }, bytes }, own);
    },
  };
}

/** The `dylib` boundary without any other driver: trusted libraries in the host's own process. */
export const dylibDriver: Driver<DylibArtifact> = createDylibDriver();

async function openInline(artifact: DylibArtifact, context: OpenContext): Promise<Session> {
  const library = await readLibrary(artifact);
  checkTrust(artifact, library, context);
  const { contract, instance } = await openInstance(library.bytes, context);
  return new InlineSession(instance, contract);
}

/** Rejects with library-missing, artifact-invalid, contract-mismatch, function-missing or start-failed. */
export async function openInstance(
  bytes: Uint8Array,
  given: OpenContext,
): Promise<{ readonly contract: Contract; readonly instance: NativeInstance }> {
  if (process.arch !== "x64" && process.arch !== "arm64") {
    throw new TenonError("boundary-unsupported", `the dylib boundary does not run on ${process.arch}`, {
      hint: "use a 64-bit machine",
      sideEffects: "none",
    });
  }
  const koffi = await loadKoffi();
  const { library, context } = await loadLibrary(koffi, bytes, given);
  context.signal.throwIfAborted();
  const { contract, exports, imports, hostFunctions, limits } = context;
  const maxBytes = limits.maxMessageBytes;
  return { contract, instance: new NativeInstance({ koffi, library, exports, imports, hostFunctions, maxBytes }) };
}
